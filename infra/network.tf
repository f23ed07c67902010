# The switch private_network: everything is reached by private addresses. Stream Analytics has none of its own here and comes
# in as a trusted service of Azure; see README.md.
locals {
  subnets = var.private_network ? {
    endpoints          = { range = "10.20.0.0/24", for = null }
    apps               = { range = "10.20.2.0/23", for = "Microsoft.App/environments" }
    databricks-public  = { range = "10.20.4.0/24", for = "Microsoft.Databricks/workspaces" }
    databricks-private = { range = "10.20.5.0/24", for = "Microsoft.Databricks/workspaces" }
  } : {}

  endpoints = var.private_network ? {
    lake-blob  = { id = azurerm_storage_account.lake.id, part = "blob", zone = "privatelink.blob.core.windows.net" }
    lake-dfs   = { id = azurerm_storage_account.lake.id, part = "dfs", zone = "privatelink.dfs.core.windows.net" }
    jobs-blob  = { id = azurerm_storage_account.jobs.id, part = "blob", zone = "privatelink.blob.core.windows.net" }
    events     = { id = azurerm_eventhub_namespace.this.id, part = "namespace", zone = "privatelink.servicebus.windows.net" }
    vault      = { id = azurerm_key_vault.this.id, part = "vault", zone = "privatelink.vaultcore.azure.net" }
    warehouse  = { id = azapi_resource.synapse.id, part = "Sql", zone = "privatelink.sql.azuresynapse.net" }
    databricks = { id = azurerm_databricks_workspace.this.id, part = "databricks_ui_api", zone = "privatelink.azuredatabricks.net" }
  } : {}
}

resource "azurerm_virtual_network" "this" {
  count               = var.private_network ? 1 : 0
  name                = "vnet-${local.name}"
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  address_space       = ["10.20.0.0/16"]
  tags                = local.tags
}

resource "azurerm_subnet" "this" {
  for_each             = local.subnets
  name                 = each.key
  resource_group_name  = azurerm_resource_group.this.name
  virtual_network_name = azurerm_virtual_network.this[0].name
  address_prefixes     = [each.value.range]

  dynamic "delegation" {
    for_each = each.value.for == null ? [] : [each.value.for]
    content {
      name = "delegated"
      service_delegation {
        name = delegation.value
      }
    }
  }
}

resource "azurerm_network_security_group" "databricks" {
  count               = var.private_network ? 1 : 0
  name                = "nsg-${local.name}-databricks"
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = local.tags
}

resource "azurerm_subnet_network_security_group_association" "databricks" {
  for_each                  = toset([for name in keys(local.subnets) : name if startswith(name, "databricks")])
  subnet_id                 = azurerm_subnet.this[each.value].id
  network_security_group_id = azurerm_network_security_group.databricks[0].id
}

resource "azurerm_private_dns_zone" "this" {
  for_each            = toset([for endpoint in values(local.endpoints) : endpoint.zone])
  name                = each.value
  resource_group_name = azurerm_resource_group.this.name
  tags                = local.tags
}

# by azapi: azurerm 5 renamed the arguments of 4
resource "azapi_resource" "zone_link" {
  for_each  = azurerm_private_dns_zone.this
  type      = "Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01"
  name      = "vnet-${local.name}"
  parent_id = each.value.id
  location  = "global"

  body = {
    properties = {
      registrationEnabled = false
      virtualNetwork      = { id = azurerm_virtual_network.this[0].id }
    }
  }
}

resource "azurerm_private_endpoint" "this" {
  for_each            = local.endpoints
  name                = "pe-${local.name}-${each.key}"
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  subnet_id           = azurerm_subnet.this["endpoints"].id
  tags                = local.tags

  private_service_connection {
    name                           = each.key
    private_connection_resource_id = each.value.id
    subresource_names              = [each.value.part]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "default"
    private_dns_zone_ids = [azurerm_private_dns_zone.this[each.value.zone].id]
  }
}
