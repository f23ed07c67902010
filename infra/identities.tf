# Who acts, and what each may do: this list is the whole of it, and tests/platform.tftest.hcl holds it to the letter.
locals {
  checks = var.github_repository == null ? [] : ["ci"] # pull requests, beside production
  # what runs dbt
  builders   = toset(concat(["refresh"], local.checks))
  identities = toset(concat(["ingestion", "refresh"], local.checks))

  jobs      = { for job, resource in azurerm_stream_analytics_job.this : job => resource.identity[0].principal_id }
  connector = azurerm_databricks_access_connector.this.identity[0].principal_id
  pool      = azapi_resource.synapse.identity[0].principal_id
  operator  = data.azurerm_client_config.this.object_id
  container = { for name, container in azurerm_storage_container.this : name => container.id }
  own       = { for name, identity in azurerm_user_assigned_identity.this : name => identity.principal_id }

  roles = merge(
    {
      "ingestion sends events"               = [local.own["ingestion"], "Azure Event Hubs Data Sender", azurerm_eventhub_namespace.this.id]
      "ingestion keeps its cursors"          = [local.own["ingestion"], "Storage Blob Data Contributor", local.container["cursors"]]
      "ingestion reads its secrets"          = [local.own["ingestion"], "Key Vault Secrets User", azurerm_key_vault.this.id]
      "ingestion pulls its image"            = [local.own["ingestion"], "AcrPull", azurerm_container_registry.this.id]
      "refresh pulls its image"              = [local.own["refresh"], "AcrPull", azurerm_container_registry.this.id]
      "lakehouse uses the lake"              = [local.connector, "Storage Blob Data Contributor", local.container["lake"]]
      "lakehouse uses what it manages"       = [local.connector, "Storage Blob Data Contributor", local.container["managed"]]
      "lakehouse signs for its files"        = [local.connector, "Storage Blob Delegator", azurerm_storage_account.lake.id]
      "warehouse reads what is published"    = [local.pool, "Storage Blob Data Reader", local.container["lake"]]
      "warehouse has a file system"          = [local.pool, "Storage Blob Data Contributor", local.container["synapse"]]
      "warehouse copies what the job stages" = [local.pool, "Storage Blob Data Contributor", azurerm_storage_account.jobs.id]
      "lake job writes the lake"             = [local.jobs["lake"], "Storage Blob Data Contributor", local.container["lake"]]
      "operator uploads reference data"      = [local.operator, "Storage Blob Data Contributor", local.container["reference"]]
      "operator writes secrets"              = [local.operator, "Key Vault Secrets Officer", azurerm_key_vault.this.id]
    },
    merge([for job, principal in local.jobs : {
      "${job} job receives events"      = [principal, "Azure Event Hubs Data Receiver", azapi_resource.events.id]
      "${job} job reads reference data" = [principal, "Storage Blob Data Reader", local.container["reference"]]
      "${job} job stages"               = [principal, "Storage Blob Data Contributor", azurerm_storage_account.jobs.id]
      "${job} job keeps its state"      = [principal, "Storage Table Data Contributor", azurerm_storage_account.jobs.id]
    }]...),
    var.event_hubs.capture ? {
      "capture writes" = [azurerm_eventhub_namespace.this.identity[0].principal_id, "Storage Blob Data Contributor", local.container["capture"]]
    } : {},
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
  principal_id         = each.value[0]
  role_definition_name = each.value[1]
  scope                = each.value[2]
  description          = each.key
}

# A workflow of the repository's environment signs in as an identity, by a token of GitHub's: no secret is stored.
# by azapi: azurerm 5 renamed the arguments of 4
resource "azapi_resource" "sign_in" {
  for_each  = var.github_repository == null ? {} : { production = "refresh", ci = "ci" }
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
