# The pool runs from one hour to another on working days: two Logic Apps call Azure's own pause and resume, as an identity
# that may do that and nothing else. The lake goes on meanwhile; the live road catches up within the hub's retention.
locals {
  hours = var.sql_pool.hours == null ? {} : {
    resume = { hour = var.sql_pool.hours.from, days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"] }
    pause  = { hour = var.sql_pool.hours.to, days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"] }
  }
}

resource "azurerm_role_definition" "pool_switch" {
  count       = length(local.hours) > 0 ? 1 : 0
  name        = "${local.name} pauses and resumes the warehouse"
  scope       = azurerm_resource_group.this.id
  description = "Pause and resume a dedicated SQL pool."

  permissions {
    actions = [
      "Microsoft.Synapse/workspaces/sqlPools/read",
      "Microsoft.Synapse/workspaces/sqlPools/pause/action",
      "Microsoft.Synapse/workspaces/sqlPools/resume/action",
    ]
  }
}

resource "azurerm_logic_app_workflow" "pool" {
  for_each            = local.hours
  name                = "logic-${local.name}-${each.key}"
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = local.tags

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_role_assignment" "pool" {
  for_each           = local.hours
  principal_id       = azurerm_logic_app_workflow.pool[each.key].identity[0].principal_id
  role_definition_id = azurerm_role_definition.pool_switch[0].role_definition_resource_id
  scope              = azurerm_synapse_sql_pool.this.id
}

resource "azurerm_logic_app_trigger_recurrence" "pool" {
  for_each     = local.hours
  name         = "at-its-hour"
  logic_app_id = azurerm_logic_app_workflow.pool[each.key].id
  frequency    = "Week"
  interval     = 1
  time_zone    = "UTC"

  schedule {
    at_these_hours   = [each.value.hour]
    at_these_minutes = [0]
    on_these_days    = each.value.days
  }
}

resource "azurerm_logic_app_action_custom" "pool" {
  for_each     = local.hours
  name         = each.key
  logic_app_id = azurerm_logic_app_workflow.pool[each.key].id

  body = jsonencode({
    type = "Http"
    inputs = {
      method         = "POST"
      uri            = "https://management.azure.com${azurerm_synapse_sql_pool.this.id}/${each.key}?api-version=2021-06-01"
      authentication = { type = "ManagedServiceIdentity", audience = "https://management.azure.com/" }
    }
    runAfter = {}
  })
}
