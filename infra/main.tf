# One environment of the whole platform. Names are <project>-<environment>-<what>; what must be unique in all of Azure ends
# with five digits made of the subscription, so that nobody has to find a free name.
data "azurerm_client_config" "this" {}

locals {
  name   = "${var.project}-${var.environment}"
  unique = substr(sha1("${data.azurerm_client_config.this.subscription_id}/${local.name}"), 0, 5)
  flat   = "${var.project}${var.environment}" # where a hyphen is not allowed
  tags   = { project = var.project, environment = var.environment, owner = var.owner_email, source = "terraform" }

  security = yamldecode(file("${path.module}/../security.yml"))
  # the groups that read anything, by the name that Entra ID knows
  readers = toset(values(var.groups))
}

resource "azurerm_resource_group" "this" {
  name     = "rg-${local.name}"
  location = var.location
  tags     = local.tags
}

resource "azurerm_key_vault" "this" {
  name                          = "kv-${local.name}-${local.unique}"
  location                      = var.location
  resource_group_name           = azurerm_resource_group.this.name
  tenant_id                     = data.azurerm_client_config.this.tenant_id
  sku_name                      = "standard"
  rbac_authorization_enabled    = true
  purge_protection_enabled      = true
  soft_delete_retention_days    = 30
  public_network_access_enabled = !var.private_network
  tags                          = local.tags

  network_acls {
    bypass         = "AzureServices"
    default_action = var.private_network ? "Deny" : "Allow"
  }
}
