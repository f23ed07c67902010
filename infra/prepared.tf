# What Azure's own interface cannot make, before the jobs start: the reference data, the raw tables, made for Stream Analytics whatever the workspace's defaults
# are; in the warehouse the live table, the users and their rights. Running it again changes nothing.
resource "terraform_data" "prepared" {
  triggers_replace = {
    reference = filesha1("${path.module}/../stream_analytics/reference/${local.reference}")
    tables    = sha1(join("", [for file in ["lake.sql", "warehouse.sql"] : filesha1("${path.module}/../stream_analytics/tables/${file}")]))
    users     = sha1(jsonencode([local.users, local.catalog, local.lake_url]))
  }

  provisioner "local-exec" {
    working_dir = "${path.module}/.."
    command     = ".venv/bin/python -m pipeline.azure"
    environment = merge(local.dbt, { SYNAPSE_AUTHENTICATION = "cli", WAREHOUSE_USERS = jsonencode(local.users), REFERENCE_URL = "${azurerm_storage_account.lake.primary_blob_endpoint}reference/${local.reference}" })
  }

  depends_on = [
    azurerm_role_assignment.this,
    azurerm_synapse_firewall_rule.this,
    azurerm_synapse_sql_pool.this,
    azurerm_synapse_workspace_aad_admin.this,
    databricks_external_location.this,
    databricks_grants.catalog,
    databricks_grants.lake,
    databricks_schema.this,
  ]
}

locals {
  # users of the pool by what they do there
  users = {
    builder = [for builder in local.builders : azurerm_user_assigned_identity.this[builder].name]
    stream  = [azurerm_stream_analytics_job.this["live"].name]
    reader  = values(var.groups)
  }
}
