# Event Hubs: one hub of events, one of dead letters, a consumer group for each reader.
locals {
  consumer_groups = { lake = "stream-analytics", live = "stream-analytics-live" }
}

resource "azurerm_eventhub_namespace" "this" {
  name                          = "evhns-${local.name}-${local.unique}"
  location                      = var.location
  resource_group_name           = azurerm_resource_group.this.name
  sku                           = var.event_hubs.sku
  capacity                      = var.event_hubs.capacity
  auto_inflate_enabled          = var.event_hubs.sku == "Standard"
  maximum_throughput_units      = var.event_hubs.sku == "Standard" ? var.event_hubs.most_capacity : null
  local_authentication_enabled  = false
  minimum_tls_version           = "1.2"
  public_network_access_enabled = !var.private_network
  tags                          = local.tags

  identity {
    type = "SystemAssigned"
  }

  network_rulesets {
    default_action                 = var.private_network ? "Deny" : "Allow"
    public_network_access_enabled  = !var.private_network
    trusted_service_access_enabled = true # Stream Analytics
  }
}

# by azapi: before azurerm 5 Capture knows no identity, and the account has no keys
resource "azapi_resource" "events" {
  type      = "Microsoft.EventHub/namespaces/eventhubs@2024-01-01"
  name      = "customer-events"
  parent_id = azurerm_eventhub_namespace.this.id

  body = {
    properties = merge(
      {
        partitionCount       = var.event_hubs.partitions
        retentionDescription = { cleanupPolicy = "Delete", retentionTimeInHours = var.event_hubs.retention_days * 24 }
      },
      var.event_hubs.capture ? {
        captureDescription = {
          enabled           = true
          encoding          = "Avro"
          intervalInSeconds = 300
          sizeLimitInBytes  = 314572800
          skipEmptyArchives = true
          destination = {
            name     = "EventHubArchive.AzureBlockBlob"
            identity = { type = "SystemAssigned" }
            properties = {
              archiveNameFormat        = "{Namespace}/{EventHub}/{PartitionId}/{Year}/{Month}/{Day}/{Hour}/{Minute}/{Second}"
              blobContainer            = "capture"
              storageAccountResourceId = azurerm_storage_account.lake.id
            }
          }
        }
      } : {},
    )
  }

  depends_on = [azurerm_storage_container.this]
}

resource "azurerm_eventhub" "dead_letters" {
  name            = "dead-letters"
  namespace_id    = azurerm_eventhub_namespace.this.id
  partition_count = 1

  retention_description {
    cleanup_policy          = "Delete"
    retention_time_in_hours = var.event_hubs.retention_days * 24
  }
}

resource "azurerm_eventhub_consumer_group" "this" {
  for_each            = local.consumer_groups
  name                = each.value
  eventhub_name       = azapi_resource.events.name
  namespace_name      = azurerm_eventhub_namespace.this.name
  resource_group_name = azurerm_resource_group.this.name
}
