# Synapse: a workspace that knows Entra ID alone, one dedicated pool, and a share of it for dbt and for Power BI. What SQL has
# to make (users, roles, live table) is made by `prepared`.
locals {
  synapse_name = "syn-${local.name}-${local.unique}"
  database     = "warehouse"
}

# azurerm wants a password of an administrator; with azureADOnlyAuthentication there is none
resource "azapi_resource" "synapse" {
  type      = "Microsoft.Synapse/workspaces@2021-06-01"
  name      = local.synapse_name
  parent_id = azurerm_resource_group.this.id
  location  = var.location
  tags      = local.tags

  identity {
    type = "SystemAssigned"
  }

  body = {
    properties = {
      azureADOnlyAuthentication = true
      defaultDataLakeStorage = {
        accountUrl = "https://${azurerm_storage_account.lake.name}.dfs.core.windows.net"
        filesystem = "synapse"
      }
      managedResourceGroupName = "rg-${local.name}-synapse"
      publicNetworkAccess      = var.private_network ? "Disabled" : "Enabled"
    }
  }

  depends_on = [azurerm_storage_container.this]
}

resource "azurerm_synapse_workspace_aad_admin" "this" {
  synapse_workspace_id = azapi_resource.synapse.id
  login                = "operator"
  object_id            = data.azurerm_client_config.this.object_id
  tenant_id            = data.azurerm_client_config.this.tenant_id
}

resource "azurerm_synapse_firewall_rule" "this" {
  # the first lets Azure's own services in: Power BI, Stream Analytics, Container Apps
  for_each             = var.private_network ? {} : merge({ AllowAllWindowsAzureIps = "0.0.0.0" }, var.allowed_addresses)
  name                 = each.key
  synapse_workspace_id = azapi_resource.synapse.id
  start_ip_address     = each.value
  end_ip_address       = each.value
}

resource "azurerm_synapse_sql_pool" "this" {
  name                      = local.database
  synapse_workspace_id      = azapi_resource.synapse.id
  sku_name                  = var.sql_pool.sku
  create_mode               = "Default"
  collation                 = "SQL_Latin1_General_CP1_CI_AS"
  data_encrypted            = true
  storage_account_type      = "GRS"
  geo_backup_policy_enabled = var.environment == "prod"
  tags                      = local.tags
}

resource "azurerm_synapse_sql_pool_extended_auditing_policy" "this" {
  sql_pool_id            = azurerm_synapse_sql_pool.this.id
  log_monitoring_enabled = true
}

resource "azurerm_synapse_sql_pool_security_alert_policy" "this" {
  sql_pool_id  = azurerm_synapse_sql_pool.this.id
  policy_state = "Enabled"
}

# A DW100c answers four queries at once, a quarter of it each (Microsoft Learn, "Memory and concurrency limits for dedicated
# SQL pool"): dbt takes three quarters at most, and one is kept for whoever looks at a report.
resource "azurerm_synapse_sql_pool_workload_group" "this" {
  for_each = {
    dbt      = { least = 0, most = 75, importance = "normal", seconds = 3600 }
    power_bi = { least = 25, most = 100, importance = "above_normal", seconds = 300 }
  }
  name                               = each.key
  sql_pool_id                        = azurerm_synapse_sql_pool.this.id
  importance                         = each.value.importance
  min_resource_percent               = each.value.least
  max_resource_percent               = each.value.most
  min_resource_percent_per_request   = 25
  query_execution_timeout_in_seconds = each.value.seconds
}

resource "azurerm_synapse_sql_pool_workload_classifier" "this" {
  for_each = merge(
    { for builder in local.builders : builder => { group = "dbt", member = azurerm_user_assigned_identity.this[builder].name } },
    { for key, group in var.groups : key => { group = "power_bi", member = group } },
  )
  name              = each.key
  workload_group_id = azurerm_synapse_sql_pool_workload_group.this[each.value.group].id
  member_name       = each.value.member

  depends_on = [terraform_data.prepared] # its member is a user of the pool
}
