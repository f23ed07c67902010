# computed values that azapi's checks or our own expressions read
mock_data "azurerm_client_config" {
  defaults = {
    client_id       = "00000000-0000-0000-0000-000000000001"
    object_id       = "00000000-0000-0000-0000-000000000002"
    subscription_id = "00000000-0000-0000-0000-000000000003"
    tenant_id       = "00000000-0000-0000-0000-000000000004"
  }
}

mock_resource "azurerm_resource_group" {
  defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000003/resourceGroups/rg-cdp-dev" }
}

mock_resource "azurerm_eventhub_namespace" {
  defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000003/resourceGroups/rg-cdp-dev/providers/Microsoft.EventHub/namespaces/evhns" }
}

mock_resource "azurerm_stream_analytics_job" {
  defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000003/resourceGroups/rg-cdp-dev/providers/Microsoft.StreamAnalytics/streamingjobs/job" }
}

mock_resource "azurerm_user_assigned_identity" {
  defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000003/resourceGroups/rg-cdp-dev/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id" }
}

mock_resource "azurerm_storage_account" {
  defaults = {
    id                    = "/subscriptions/00000000-0000-0000-0000-000000000003/resourceGroups/rg-cdp-dev/providers/Microsoft.Storage/storageAccounts/cdpdevlake00000"
    primary_blob_endpoint = "https://cdpdevlake00000.blob.core.windows.net/"
  }
}

mock_resource "azurerm_container_registry" {
  defaults = { login_server = "cdpdevcr00000.azurecr.io" }
}

mock_resource "azurerm_key_vault" {
  defaults = { vault_uri = "https://kv-cdp-dev-00000.vault.azure.net/" }
}

mock_resource "azurerm_synapse_sql_pool" {
  defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000003/resourceGroups/rg-cdp-dev/providers/Microsoft.Synapse/workspaces/syn/sqlPools/warehouse" }
}

mock_resource "azurerm_private_dns_zone" {
  defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000003/resourceGroups/rg-cdp-dev/providers/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net" }
}

mock_resource "azurerm_virtual_network" {
  defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000003/resourceGroups/rg-cdp-dev/providers/Microsoft.Network/virtualNetworks/vnet" }
}

mock_resource "azurerm_monitor_action_group" {
  defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000003/resourceGroups/rg-cdp-dev/providers/Microsoft.Insights/actionGroups/ag" }
}
