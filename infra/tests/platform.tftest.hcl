# What must hold of every environment. azurerm and databricks are mocked, azapi is the real one and judges its bodies: it skips
# a body that holds an unknown value, so what the mocks compute is known at plan already.
mock_provider "azurerm" {
  override_during = plan
  source          = "./tests/mocks"
}

mock_provider "databricks" {
  override_during = plan
  source          = "./tests/mocks"
}

variables {
  environment       = "dev"
  owner_email       = "owner@example.com"
  github_repository = "example/customer-data-pipeline"
  groups            = { analysts = "Analysts", marketing = "Marketing" }
  sources           = { stripe = { settings = { STRIPE_API_URL = "https://api.stripe.com/" }, secrets = { STRIPE_API_KEY = "stripe-api-key" } }, customer_api = {} }
  push              = ["hubspot"]
  push_secrets      = { HUBSPOT_SECRET = "hubspot-secret" }
  sql_pool          = { sku = "DW100c", hours = { from = 7, to = 18 } }
  event_hubs        = { capture = true }
}

run "nobody_signs_in_by_a_key" {
  command = plan

  assert {
    condition     = azurerm_eventhub_namespace.this.local_authentication_enabled == false
    error_message = "Event Hubs takes keys."
  }
  assert {
    condition     = alltrue([for account in [azurerm_storage_account.lake, azurerm_storage_account.jobs] : account.shared_access_key_enabled == false && account.local_user_enabled == false])
    error_message = "A storage account takes keys."
  }
  assert {
    condition     = azapi_resource.synapse.body.properties.azureADOnlyAuthentication == true
    error_message = "The warehouse takes SQL passwords."
  }
  assert {
    condition     = azurerm_container_registry.this.admin_enabled == false && azurerm_container_registry.this.anonymous_pull_enabled == false
    error_message = "The registry has an administrator's password or is open."
  }
  assert {
    condition     = alltrue(concat([for input in azurerm_stream_analytics_stream_input_eventhub_v2.events : input.authentication_mode == "Msi"], [for input in azurerm_stream_analytics_reference_input_blob.departments : input.authentication_mode == "Msi"], [for output in values(azapi_resource.lake_output) : output.body.properties.datasource.properties.authenticationMode == "Msi"], [for output in values(azapi_resource.live_output) : output.body.properties.datasource.properties.authenticationMode == "Msi"]))
    error_message = "A job's input or output signs in by a key."
  }
}

run "nothing_is_public" {
  command = plan

  assert {
    condition     = alltrue([for account in [azurerm_storage_account.lake, azurerm_storage_account.jobs] : account.allow_nested_items_to_be_public == false])
    error_message = "A blob may be public."
  }
  assert {
    condition     = alltrue([for container in azurerm_storage_container.this : container.container_access_type == "private"])
    error_message = "A container is public."
  }
  assert {
    condition     = alltrue([azurerm_eventhub_namespace.this.minimum_tls_version == "1.2", azurerm_storage_account.lake.min_tls_version == "TLS1_2", azurerm_storage_account.jobs.min_tls_version == "TLS1_2"])
    error_message = "Something takes TLS below 1.2."
  }
  assert {
    condition     = azurerm_container_app.push[0].ingress[0].allow_insecure_connections == false
    error_message = "What is pushed may come in clear."
  }
}

run "each_identity_may_do_what_is_listed_and_nothing_else" {
  command = plan

  assert {
    condition = { for name, role in azurerm_role_assignment.this : name => role.role_definition_name } == {
      "ingestion sends events"               = "Azure Event Hubs Data Sender"
      "ingestion keeps its cursors"          = "Storage Blob Data Contributor"
      "ingestion reads its secrets"          = "Key Vault Secrets User"
      "ingestion pulls its image"            = "AcrPull"
      "refresh pulls its image"              = "AcrPull"
      "lakehouse uses the lake"              = "Storage Blob Data Contributor"
      "lakehouse uses what it manages"       = "Storage Blob Data Contributor"
      "lakehouse signs for its files"        = "Storage Blob Delegator"
      "warehouse reads what is published"    = "Storage Blob Data Reader"
      "warehouse has a file system"          = "Storage Blob Data Contributor"
      "warehouse copies what the job stages" = "Storage Blob Data Contributor"
      "lake job writes the lake"             = "Storage Blob Data Contributor"
      "lake job receives events"             = "Azure Event Hubs Data Receiver"
      "lake job reads reference data"        = "Storage Blob Data Reader"
      "lake job stages"                      = "Storage Blob Data Contributor"
      "lake job keeps its state"             = "Storage Table Data Contributor"
      "live job receives events"             = "Azure Event Hubs Data Receiver"
      "live job reads reference data"        = "Storage Blob Data Reader"
      "live job stages"                      = "Storage Blob Data Contributor"
      "live job keeps its state"             = "Storage Table Data Contributor"
      "operator uploads reference data"      = "Storage Blob Data Contributor"
      "operator writes secrets"              = "Key Vault Secrets Officer"
      "capture writes"                       = "Storage Blob Data Contributor"
    }
    error_message = "The roles are not those of the list."
  }
  assert {
    condition     = toset(azurerm_role_definition.pool_switch[0].permissions[0].actions) == toset(["Microsoft.Synapse/workspaces/sqlPools/read", "Microsoft.Synapse/workspaces/sqlPools/pause/action", "Microsoft.Synapse/workspaces/sqlPools/resume/action"])
    error_message = "The schedule may do more than pause and resume."
  }
  assert {
    condition     = { for name, identity in azapi_resource.sign_in : name => identity.body.properties.subject } == { production = "repo:example/customer-data-pipeline:environment:production", ci = "repo:example/customer-data-pipeline:environment:ci", dev = "repo:example/customer-data-pipeline:environment:dev" }
    error_message = "Another repository or environment may sign in."
  }
}

run "secrets_stay_in_the_vault" {
  command = plan

  assert {
    condition     = alltrue([for app in concat(values(azurerm_container_app.source), azurerm_container_app.push) : alltrue([for secret in app.secret : secret.value == null && startswith(secret.key_vault_secret_id, azurerm_key_vault.this.vault_uri)])])
    error_message = "A secret's value stands in the plan."
  }
  assert {
    condition     = azurerm_key_vault.this.rbac_authorization_enabled && azurerm_key_vault.this.purge_protection_enabled
    error_message = "The vault's secrets can be purged, or are shared out by access policies."
  }
  assert {
    condition     = [for each in azurerm_container_app.source["stripe"].template[0].container[0].env : each.secret_name if each.name == "STRIPE_API_KEY"] == ["stripe-api-key"]
    error_message = "The source's key does not come from the vault."
  }
  assert {
    condition     = { for each in azurerm_container_app.push[0].template[0].container[0].env : each.name => each.secret_name if try(length(each.secret_name) > 0, false) } == { INGESTION_TOKEN = "ingestion-token", HUBSPOT_SECRET = "hubspot-secret" }
    error_message = "What takes pushes lacks a secret that its sources' files name."
  }
  assert {
    condition     = alltrue([for app in azurerm_container_app.source : can(regex("^[a-z][a-z0-9-]*$", app.name))])
    error_message = "A container app's name holds what Azure refuses."
  }
}

run "the_hub_keeps_what_readers_need" {
  command = plan

  assert {
    condition     = azapi_resource.events.body.properties.partitionCount == 4 && azapi_resource.events.body.properties.retentionDescription.retentionTimeInHours == 168
    error_message = "Partitions or retention are not those of the variables."
  }
  assert {
    condition     = { for job, group in azurerm_eventhub_consumer_group.this : job => group.name } == { lake = "stream-analytics", live = "stream-analytics-live" }
    error_message = "Each job has a consumer group of its own."
  }
  assert {
    condition     = azapi_resource.events.body.properties.captureDescription.destination.identity.type == "SystemAssigned"
    error_message = "Capture writes as nobody."
  }
}

run "the_lake_goes_on_while_the_warehouse_pauses" {
  command = plan

  assert {
    condition     = !strcontains(azurerm_stream_analytics_job.this["lake"].transformation_query, "live-department-kpis") && length(regexall("INTO \\[", azurerm_stream_analytics_job.this["lake"].transformation_query)) == 6
    error_message = "The lake's job does not write the six raw tables alone."
  }
  assert {
    condition     = !strcontains(azurerm_stream_analytics_job.this["live"].transformation_query, "INTO [raw-") && length(regexall("INTO \\[", azurerm_stream_analytics_job.this["live"].transformation_query)) == 1
    error_message = "The live job writes more than the live table."
  }
  assert {
    condition     = alltrue([for job in azurerm_stream_analytics_job.this : job.output_error_policy == "Stop" && job.job_storage_account[0].authentication_mode == "Msi"])
    error_message = "A job drops what it cannot write, or has no storage of its own."
  }
  assert {
    condition     = toset(keys(azapi_resource.lake_output)) == toset(["raw-customer", "raw-finance", "raw-marketing", "raw-quarantine", "raw-sales", "raw-support"])
    error_message = "The lake's outputs are not the raw tables."
  }
  assert {
    condition     = { for name, output in azapi_resource.lake_output : name => output.body.properties.serialization.properties.deltaTablePath }["raw-sales"] == "raw/raw_sales"
    error_message = "An output writes to another table."
  }
}

run "the_warehouse_sleeps_by_night" {
  command = plan

  assert {
    condition     = jsondecode(azurerm_logic_app_action_custom.pool["pause"].body).inputs.uri == "https://management.azure.com${azurerm_synapse_sql_pool.this.id}/pause?api-version=2021-06-01"
    error_message = "The schedule pauses something else."
  }
  assert {
    condition     = tolist(azurerm_logic_app_trigger_recurrence.pool["resume"].schedule[0].at_these_hours)[0] == 7
    error_message = "The warehouse wakes at another hour."
  }
  assert {
    condition     = azurerm_synapse_sql_pool_workload_group.this["dbt"].max_resource_percent + azurerm_synapse_sql_pool_workload_group.this["power_bi"].min_resource_percent <= 100
    error_message = "dbt may take the share that is kept for reports."
  }
}

run "somebody_is_woken" {
  command = plan

  assert {
    condition = length(setsubtract(["stream-lake-behind", "stream-live-behind", "stream-lake-backlog", "stream-live-backlog", "stream-lake-errors", "stream-live-errors", "dead-letters", "throttled", "build-failed", "marts-stale"],
    concat(keys(azurerm_monitor_metric_alert.this), keys(azurerm_monitor_scheduled_query_rules_alert_v2.this)))) == 0
    error_message = "An alert is missing."
  }
  assert {
    condition     = alltrue([for alert in values(azurerm_monitor_metric_alert.this) : fileexists("../${regex("docs/runbooks/[a-z_]+.md|infra/README.md", alert.description)}")])
    error_message = "An alert names a page that is not there."
  }
  assert {
    condition     = strcontains(azurerm_monitor_scheduled_query_rules_alert_v2.this["marts-stale"].criteria[0].query, "dayofweek")
    error_message = "A weekend without a build is an alarm."
  }
  assert {
    condition     = alltrue([for alert in concat(values(azurerm_monitor_scheduled_query_rules_alert_v2.this), [azurerm_monitor_activity_log_alert.pool_paused]) : fileexists("../${regex("docs/runbooks/[a-z_]+.md", alert.description)}")])
    error_message = "An alert names a page that is not there."
  }
  assert {
    condition     = length(azurerm_monitor_diagnostic_setting.this) == 6 && length(azurerm_consumption_budget_resource_group.this.notification) == 2
    error_message = "A service logs nowhere, or the budget warns nobody."
  }
}

run "the_catalog_is_the_environments_own" {
  command = plan

  assert {
    condition     = databricks_catalog.this.name == "lakehouse_dev" && output.dbt.DATABRICKS_CATALOG == "lakehouse_dev"
    error_message = "Environments share a metastore, and would share a catalog."
  }
  assert {
    condition     = databricks_catalog.this.storage_root != databricks_external_location.this["lake"].url
    error_message = "The managed location overlaps the external one."
  }
  assert {
    condition     = output.dbt.ANALYSTS_GROUP == "Analysts" && output.dbt.MARKETING_GROUP == "Marketing" && !can(output.dbt.SALES_GROUP)
    error_message = "dbt is not told the groups of security.yml."
  }
}

run "private_by_one_switch" {
  command = plan

  variables {
    private_network = true
  }

  assert {
    condition     = !azurerm_storage_account.lake.public_network_access_enabled && !azurerm_storage_account.jobs.public_network_access_enabled && !azurerm_eventhub_namespace.this.public_network_access_enabled && !azurerm_key_vault.this.public_network_access_enabled && !azurerm_databricks_workspace.this.public_network_access_enabled && azapi_resource.synapse.body.properties.publicNetworkAccess == "Disabled"
    error_message = "Something is still reached from outside."
  }
  assert {
    condition     = length(azurerm_private_endpoint.this) == 7 && length(azurerm_synapse_firewall_rule.this) == 0
    error_message = "An endpoint is missing, or the firewall is open."
  }
}
