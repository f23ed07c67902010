output "dbt" {
  description = "The environment of both dbt targets, and of GitHub's environment production."
  value       = merge(local.dbt, { AZURE_SUBSCRIPTION_ID = data.azurerm_client_config.this.subscription_id })
}

output "ci" {
  description = "What differs in GitHub's environment ci."
  value       = { for name in local.checks : "AZURE_CLIENT_ID" => azurerm_user_assigned_identity.this[name].client_id }
}

output "ingestion" {
  description = "The environment of `python -m ingestion`."
  value       = merge(local.ingestion, { INGESTION_CURSOR = "${local.cursors}/<source>" })
}

output "stream_analytics" {
  description = "What stream_analytics/ says of addresses: namespace, account, server."
  value = {
    ServiceBusNamespace = azurerm_eventhub_namespace.this.name
    AccountName         = azurerm_storage_account.lake.name
    Server              = local.pool_url
    Database            = local.database
    jobs                = { for job, resource in azurerm_stream_analytics_job.this : job => resource.name }
  }
}

output "power_bi" {
  description = "Parameters of powerbi/CustomerData.SemanticModel."
  value       = { Server = local.pool_url, Database = local.database }
}

output "roles" {
  description = "Who may do what: roles.yml as it was given, which the warehouse on one machine knows identities by (--roles)."
  value       = local.roles
}

output "key_vault" {
  description = "Where the sources' secrets go: az keyvault secret set --vault-name <this>."
  value       = azurerm_key_vault.this.name
}

output "resource_group" {
  description = "Everything stands in it."
  value       = azurerm_resource_group.this.name
}

output "push_address" {
  description = "Where sources push to; null where none does."
  value       = one([for app in azurerm_container_app.push : "https://${app.ingress[0].fqdn}"])
}
