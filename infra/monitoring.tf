# One workspace of logs, what each service tells it, and what wakes somebody.
locals {
  watched = merge(
    {
      events    = azurerm_eventhub_namespace.this.id
      vault     = azurerm_key_vault.this.id
      workspace = azurerm_databricks_workspace.this.id
      warehouse = azurerm_synapse_sql_pool.this.id
    },
    { for job, resource in azurerm_stream_analytics_job.this : "stream-${job}" => resource.id },
  )

  # service, metric, how it is taken, from what on it alarms, in words
  metrics = merge(
    { for job, resource in azurerm_stream_analytics_job.this : "stream-${job}-behind" => {
      scope       = resource.id, namespace = "Microsoft.StreamAnalytics/streamingjobs", metric = "OutputWatermarkDelaySeconds"
      aggregation = "Maximum", threshold = 300, severity = 1, hub = null
      says        = "The ${job} job is over five minutes behind: docs/runbooks/stream_behind.md"
    } },
    { for job, resource in azurerm_stream_analytics_job.this : "stream-${job}-backlog" => {
      scope       = resource.id, namespace = "Microsoft.StreamAnalytics/streamingjobs", metric = "InputEventsSourcesBacklogged"
      aggregation = "Average", threshold = 10000, severity = 2, hub = null
      says        = "Events wait for the ${job} job: docs/runbooks/stream_behind.md"
    } },
    { for job, resource in azurerm_stream_analytics_job.this : "stream-${job}-errors" => {
      scope       = resource.id, namespace = "Microsoft.StreamAnalytics/streamingjobs", metric = "Errors"
      aggregation = "Total", threshold = 0, severity = 1, hub = null
      says        = "The ${job} job cannot read or write: docs/runbooks/stream_behind.md"
    } },
    {
      dead-letters = {
        scope       = azurerm_eventhub_namespace.this.id, namespace = "Microsoft.EventHub/namespaces", metric = "IncomingMessages"
        aggregation = "Total", threshold = 100, severity = 2, hub = azurerm_eventhub.dead_letters.name
        says        = "Over a hundred dead letters in a quarter of an hour: docs/runbooks/dead_letters_growing.md"
      }
      throttled = {
        scope       = azurerm_eventhub_namespace.this.id, namespace = "Microsoft.EventHub/namespaces", metric = "ThrottledRequests"
        aggregation = "Total", threshold = 0, severity = 2, hub = null
        says        = "Event Hubs turns events away for want of throughput units: infra/README.md, capacity"
      }
    },
  )

  # builds of Monday to Friday leave a day without one from Saturday evening to Monday morning (dayofweek: Sunday is 0d)
  idle_weekend = endswith(var.refresh_cron, " 1-5") ? " | union (print idle = dayofweek(now()), hour = hourofday(now()) | where idle in (0d, 6d) or (idle == 1d and hour < 12))" : ""

  # what the containers' logs say; each counts rows
  logs = {
    build-failed = {
      every = "PT15M", window = "PT15M", operator = "GreaterThan", severity = 1
      query = "ContainerAppSystemLogs_CL | where JobName_s == '${azurerm_container_app_job.refresh.name}' and Reason_s in ('BackoffLimitExceeded', 'DeadlineExceeded')"
      says  = "A build failed: docs/runbooks/build_failed.md"
    }
    marts-stale = {
      every = "PT1H", window = "P1D", operator = "LessThanOrEqual", severity = 2
      query = "ContainerAppConsoleLogs_CL | where ContainerJobName_s == '${azurerm_container_app_job.refresh.name}' and Log_s has 'refresh: marts are served'${local.idle_weekend}"
      says  = "No mart was built for a day: docs/runbooks/build_failed.md"
    }
  }
}

resource "azurerm_log_analytics_workspace" "this" {
  name                = "log-${local.name}"
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  sku                 = "PerGB2018"
  retention_in_days   = 30
  daily_quota_gb      = 5
  tags                = local.tags
}

resource "azurerm_monitor_diagnostic_setting" "this" {
  for_each                   = local.watched
  name                       = "to-log-analytics"
  target_resource_id         = each.value
  log_analytics_workspace_id = azurerm_log_analytics_workspace.this.id

  enabled_log {
    category_group = "allLogs"
  }
}

resource "azurerm_monitor_action_group" "this" {
  name                = "ag-${local.name}"
  resource_group_name = azurerm_resource_group.this.name
  short_name          = substr(local.name, 0, 12)
  tags                = local.tags

  email_receiver {
    name                    = "owner"
    email_address           = var.owner_email
    use_common_alert_schema = true
  }
}

resource "azurerm_monitor_metric_alert" "this" {
  for_each            = local.metrics
  name                = "${local.name}-${each.key}"
  resource_group_name = azurerm_resource_group.this.name
  scopes              = [each.value.scope]
  description         = each.value.says
  severity            = each.value.severity
  frequency           = "PT5M"
  window_size         = "PT15M"
  tags                = local.tags

  criteria {
    metric_namespace = each.value.namespace
    metric_name      = each.value.metric
    aggregation      = each.value.aggregation
    operator         = "GreaterThan"
    threshold        = each.value.threshold

    dynamic "dimension" {
      for_each = each.value.hub == null ? [] : [each.value.hub]
      content {
        name     = "EntityName"
        operator = "Include"
        values   = [dimension.value]
      }
    }
  }

  action {
    action_group_id = azurerm_monitor_action_group.this.id
  }
}

resource "azurerm_monitor_scheduled_query_rules_alert_v2" "this" {
  for_each                = local.logs
  name                    = "${local.name}-${each.key}"
  location                = var.location
  resource_group_name     = azurerm_resource_group.this.name
  scopes                  = [azurerm_log_analytics_workspace.this.id]
  description             = each.value.says
  severity                = each.value.severity
  evaluation_frequency    = each.value.every
  window_duration         = each.value.window
  skip_query_validation   = true # the tables appear with the first line that is logged
  auto_mitigation_enabled = true
  tags                    = local.tags

  criteria {
    query                   = each.value.query
    time_aggregation_method = "Count"
    operator                = each.value.operator
    threshold               = 0
  }

  action {
    action_groups = [azurerm_monitor_action_group.this.id]
  }
}

# by night it is the schedule, which an activity log's alert cannot leave out
resource "azurerm_monitor_activity_log_alert" "pool_paused" {
  name                = "${local.name}-pool-paused"
  location            = "global"
  resource_group_name = azurerm_resource_group.this.name
  scopes              = [azurerm_resource_group.this.id]
  description         = "The warehouse was paused: docs/runbooks/pool_paused.md"
  tags                = local.tags

  criteria {
    category       = "Administrative"
    resource_id    = azurerm_synapse_sql_pool.this.id
    operation_name = "Microsoft.Synapse/workspaces/sqlPools/pause/action"
  }

  action {
    action_group_id = azurerm_monitor_action_group.this.id
  }
}

resource "azurerm_consumption_budget_resource_group" "this" {
  name              = "budget-${local.name}"
  resource_group_id = azurerm_resource_group.this.id
  amount            = var.budget
  time_grain        = "Monthly"

  time_period {
    start_date = var.budget_from
  }

  notification {
    threshold      = 80
    operator       = "GreaterThan"
    threshold_type = "Actual"
    contact_groups = [azurerm_monitor_action_group.this.id]
  }

  notification {
    threshold      = 100
    operator       = "GreaterThan"
    threshold_type = "Forecasted"
    contact_groups = [azurerm_monitor_action_group.this.id]
  }
}
