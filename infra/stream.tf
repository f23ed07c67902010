# Stream Analytics: two jobs of the one text, so that a paused warehouse holds back the live road alone: a job stops reading
# where one of its outputs cannot be written (docs/decisions.md). The text is cut where its statements begin; what comes before
# the first is common to all.
locals {
  text       = split("\n\nSELECT\n", trimspace(file("${path.module}/../stream_analytics/customer_events.asaql")))
  statements = { for statement in slice(local.text, 1, length(local.text)) : regex("INTO \\[([a-z-]+)\\]", statement)[0] => statement }
  outputs = {
    lake = [for output in keys(local.statements) : output if startswith(output, "raw-")]
    live = [for output in keys(local.statements) : output if !startswith(output, "raw-")]
  }
  queries  = { for job, outputs in local.outputs : job => join("\n\nSELECT\n", concat([local.text[0]], [for output in outputs : local.statements[output]])) }
  settings = jsondecode(file("${path.module}/../stream_analytics/JobConfig.json"))
  jobs_api = "Microsoft.StreamAnalytics/streamingjobs"
  pool_url = "${local.synapse_name}.sql.azuresynapse.net"
}

resource "azurerm_stream_analytics_job" "this" {
  for_each                                 = local.queries
  name                                     = "asa-${local.name}-${each.key}"
  location                                 = var.location
  resource_group_name                      = azurerm_resource_group.this.name
  transformation_query                     = each.value
  streaming_units                          = var.streaming_units[each.key]
  compatibility_level                      = local.settings.CompatibilityLevel
  data_locale                              = local.settings.DataLocale
  output_error_policy                      = local.settings.OutputErrorPolicy == "Retry" ? "Stop" : "Drop" # azurerm's word for Retry
  events_late_arrival_max_delay_in_seconds = local.settings.EventsLateArrivalMaxDelayInSeconds
  events_out_of_order_policy               = local.settings.EventsOutOfOrderPolicy
  content_storage_policy                   = "SystemAccount"
  sku_name                                 = "StandardV2"
  tags                                     = local.tags

  events_out_of_order_max_delay_in_seconds = local.settings.EventsOutOfOrderMaxDelayInSeconds

  identity {
    type = "SystemAssigned"
  }

  job_storage_account {
    account_name        = azurerm_storage_account.jobs.name
    authentication_mode = "Msi"
  }
}

resource "azurerm_stream_analytics_stream_input_eventhub_v2" "events" {
  for_each                     = local.consumer_groups
  name                         = "customer-events"
  stream_analytics_job_id      = azurerm_stream_analytics_job.this[each.key].id
  servicebus_namespace         = azurerm_eventhub_namespace.this.name
  eventhub_name                = azapi_resource.events.name
  eventhub_consumer_group_name = azurerm_eventhub_consumer_group.this[each.key].name
  authentication_mode          = "Msi"

  serialization {
    type     = "Json"
    encoding = "UTF8"
  }
}

resource "azurerm_stream_analytics_reference_input_blob" "departments" {
  for_each                  = local.queries
  name                      = "departments"
  stream_analytics_job_name = azurerm_stream_analytics_job.this[each.key].name
  resource_group_name       = azurerm_resource_group.this.name
  storage_account_name      = azurerm_storage_account.lake.name
  storage_container_name    = azurerm_storage_container.this["reference"].name
  path_pattern              = local.reference
  date_format               = "yyyy/MM/dd"
  time_format               = "HH"
  authentication_mode       = "Msi"

  serialization {
    type            = "Csv"
    encoding        = "UTF8"
    field_delimiter = ","
  }
}

# azurerm has no Delta (hashicorp/terraform-provider-azurerm, issue 25256)
resource "azapi_resource" "lake_output" {
  for_each  = toset(local.outputs.lake)
  type      = "${local.jobs_api}/outputs@2021-10-01-preview"
  name      = each.value
  parent_id = azurerm_stream_analytics_job.this["lake"].id

  body = {
    properties = {
      datasource = {
        type = "Microsoft.Storage/Blob"
        properties = {
          authenticationMode = "Msi"
          container          = "lake"
          storageAccounts    = [{ accountName = azurerm_storage_account.lake.name }]
        }
      }
      serialization = {
        type       = "Delta"
        properties = { deltaTablePath = "raw/${replace(each.value, "-", "_")}" }
      }
      timeWindow = "00:01:00"
      sizeWindow = 2000
    }
  }
}

# azurerm asks for a password here; the job has an identity
resource "azapi_resource" "live_output" {
  for_each  = toset(local.outputs.live)
  type      = "${local.jobs_api}/outputs@2021-10-01-preview"
  name      = each.value
  parent_id = azurerm_stream_analytics_job.this["live"].id

  body = {
    properties = {
      datasource = {
        type = "Microsoft.Sql/Server/DataWarehouse"
        properties = {
          authenticationMode = "Msi"
          server             = local.pool_url
          database           = local.database
          table              = "live.${replace(each.value, "-", "_")}"
        }
      }
    }
  }
}

# started last: every table stands, every role is given
resource "azurerm_stream_analytics_job_schedule" "this" {
  for_each                = local.queries
  stream_analytics_job_id = azurerm_stream_analytics_job.this[each.key].id
  start_mode              = "JobStartTime"

  depends_on = [
    terraform_data.prepared,
    azapi_resource.lake_output,
    azapi_resource.live_output,
    azurerm_role_assignment.this,
    azurerm_stream_analytics_reference_input_blob.departments,
    azurerm_stream_analytics_stream_input_eventhub_v2.events,
  ]

  lifecycle {
    ignore_changes = [start_mode, start_time] # a job that runs goes on from where it was
  }
}
