# Two storage accounts: the lake, which has folders, and the jobs' own, where Stream Analytics stages what it copies into the
# warehouse. Neither has keys, nor anything public.
locals {
  # lake: raw and published; managed: what Databricks manages, apart from external locations as Unity Catalog wants it
  containers = toset(["lake", "managed", "reference", "cursors", "synapse", "capture"])
  reference  = "departments.csv" # uploaded by `prepared`
  lake_url   = "abfss://lake@${azurerm_storage_account.lake.name}.dfs.core.windows.net"
}

resource "azurerm_storage_account" "lake" {
  name                            = "${local.flat}lake${local.unique}"
  location                        = var.location
  resource_group_name             = azurerm_resource_group.this.name
  account_tier                    = "Standard"
  account_replication_type        = var.lake.replication
  is_hns_enabled                  = true
  min_tls_version                 = "TLS1_2"
  shared_access_key_enabled       = false
  default_to_oauth_authentication = true
  allow_nested_items_to_be_public = false
  local_user_enabled              = false
  public_network_access_enabled   = !var.private_network
  tags                            = local.tags

  blob_properties {
    delete_retention_policy {
      days = 14
    }
    container_delete_retention_policy {
      days = 14
    }
  }

  network_rules {
    default_action = var.private_network ? "Deny" : "Allow"
    bypass         = ["AzureServices"] # Stream Analytics and Event Hubs come in as trusted services
  }
}

resource "azurerm_storage_container" "this" {
  for_each              = local.containers
  name                  = each.value
  storage_account_id    = azurerm_storage_account.lake.id
  container_access_type = "private"
}

resource "azurerm_storage_management_policy" "lake" {
  storage_account_id = azurerm_storage_account.lake.id

  rule {
    name    = "raw-cools"
    enabled = true
    filters {
      blob_types   = ["blockBlob"]
      prefix_match = ["lake/raw/"]
    }
    actions {
      base_blob {
        tier_to_cool_after_days_since_modification_greater_than = var.lake.cool_after_days
      }
    }
  }

  rule {
    name    = "capture-ends"
    enabled = true
    filters {
      blob_types   = ["blockBlob"]
      prefix_match = ["capture/"]
    }
    actions {
      base_blob {
        delete_after_days_since_modification_greater_than = 90
      }
    }
  }
}

resource "azurerm_storage_account" "jobs" {
  name                            = "${local.flat}jobs${local.unique}"
  location                        = var.location
  resource_group_name             = azurerm_resource_group.this.name
  account_tier                    = "Standard"
  account_replication_type        = "LRS"
  min_tls_version                 = "TLS1_2"
  shared_access_key_enabled       = false
  default_to_oauth_authentication = true
  allow_nested_items_to_be_public = false
  local_user_enabled              = false
  public_network_access_enabled   = !var.private_network
  tags                            = local.tags

  blob_properties {
    delete_retention_policy {
      days = 7
    }
  }

  network_rules {
    default_action = var.private_network ? "Deny" : "Allow"
    bypass         = ["AzureServices"]
  }
}
