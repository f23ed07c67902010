terraform {
  required_version = ">= 1.11"

  required_providers {
    azurerm    = { source = "hashicorp/azurerm", version = ">= 4.55, < 6" }
    azapi      = { source = "azure/azapi", version = ">= 1.15, < 3" }
    databricks = { source = "databricks/databricks", version = ">= 1.100, < 2" }
  }

  # which storage account is said by ./azure, which makes it
  backend "azurerm" {}
}

provider "azurerm" {
  storage_use_azuread = true

  features {
    key_vault {
      purge_soft_delete_on_destroy = false
    }
    resource_group {
      prevent_deletion_if_contains_resources = true
    }
  }
}

provider "azapi" {}

provider "databricks" {
  host                        = azurerm_databricks_workspace.this.workspace_url
  azure_workspace_resource_id = azurerm_databricks_workspace.this.id
}
