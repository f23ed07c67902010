# roles.yml says who acts and what each may do: the whole of it, and tests/platform.tftest.hcl holds it to the letter.
locals {
  checks = var.github_repository == null ? [] : ["ci"] # pull requests, beside production
  # what runs dbt
  builders   = toset(concat(["refresh"], local.checks))
  identities = toset(concat(["ingestion", "refresh"], local.checks))

  granted = yamldecode(file("${path.module}/roles.yml"))
  roles   = { for name, grant in local.granted : name => grant if var.event_hubs.capture || grant.identity != "capture" }

  principals = merge(
    { for name, identity in azurerm_user_assigned_identity.this : name => identity.principal_id },
    { for job, resource in azurerm_stream_analytics_job.this : "${job} job" => resource.identity[0].principal_id },
    {
      lakehouse = azurerm_databricks_access_connector.this.identity[0].principal_id
      warehouse = azapi_resource.synapse.identity[0].principal_id
      operator  = data.azurerm_client_config.this.object_id
    },
    var.event_hubs.capture ? { capture = azurerm_eventhub_namespace.this.identity[0].principal_id } : {},
  )
  scopes = merge(
    { for name, container in azurerm_storage_container.this : name => container.id },
    {
      namespace      = azurerm_eventhub_namespace.this.id
      events         = azapi_resource.events.id
      vault          = azurerm_key_vault.this.id
      registry       = azurerm_container_registry.this.id
      "lake account" = azurerm_storage_account.lake.id
      jobs           = azurerm_storage_account.jobs.id
    },
  )
}

resource "azurerm_user_assigned_identity" "this" {
  for_each            = local.identities
  name                = "id-${local.name}-${each.value}"
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = local.tags
}

resource "azurerm_role_assignment" "this" {
  for_each             = local.roles
  principal_id         = local.principals[each.value.identity]
  role_definition_name = each.value.role
  scope                = local.scopes[each.value.scope]
  description          = each.key
}

# A workflow of the repository's environment signs in as an identity, by a token of GitHub's: no secret is stored.
# by azapi: azurerm 5 renamed the arguments of 4
resource "azapi_resource" "sign_in" {
  for_each  = var.github_repository == null ? {} : { production = "refresh", ci = "ci", (var.environment) = "refresh" } # the last publishes powerbi/
  type      = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31"
  name      = "github-${each.key}"
  parent_id = azurerm_user_assigned_identity.this[each.value].id

  body = {
    properties = {
      issuer    = "https://token.actions.githubusercontent.com"
      audiences = ["api://AzureADTokenExchange"]
      subject   = "repo:${coalesce(var.github_repository, "none/none")}:environment:${each.key}"
    }
  }
}
