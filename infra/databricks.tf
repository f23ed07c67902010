# Databricks: workspace, Unity Catalog over the lake, one SQL warehouse, and who may do what there. The region's metastore is
# the account's own and stands in every new workspace by itself.
locals {
  # the metastore is the region's, so environments share it: each has a catalog of its own
  catalog = var.environment == "prod" ? "lakehouse" : "lakehouse_${var.environment}"
  schemas = ["raw", "bronze", "silver", "gold"]
}

resource "azurerm_databricks_workspace" "this" {
  name                                  = "dbw-${local.name}"
  location                              = var.location
  resource_group_name                   = azurerm_resource_group.this.name
  managed_resource_group_name           = "rg-${local.name}-databricks"
  sku                                   = "premium" # Unity Catalog
  public_network_access_enabled         = !var.private_network
  network_security_group_rules_required = var.private_network ? "NoAzureDatabricksRules" : null
  tags                                  = local.tags

  dynamic "custom_parameters" {
    for_each = var.private_network ? ["vnet"] : []
    content {
      no_public_ip                                         = true
      virtual_network_id                                   = azurerm_virtual_network.this[0].id
      public_subnet_name                                   = azurerm_subnet.this["databricks-public"].name
      private_subnet_name                                  = azurerm_subnet.this["databricks-private"].name
      public_subnet_network_security_group_association_id  = azurerm_subnet_network_security_group_association.databricks["databricks-public"].id
      private_subnet_network_security_group_association_id = azurerm_subnet_network_security_group_association.databricks["databricks-private"].id
    }
  }
}

resource "azurerm_databricks_access_connector" "this" {
  name                = "dbac-${local.name}"
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = local.tags

  identity {
    type = "SystemAssigned"
  }
}

resource "databricks_storage_credential" "lake" {
  name    = "${local.name}-lake"
  comment = "The identity of the access connector."

  azure_managed_identity {
    access_connector_id = azurerm_databricks_access_connector.this.id
  }

  depends_on = [azurerm_role_assignment.this]
}

resource "databricks_external_location" "this" {
  for_each        = { lake = local.lake_url, managed = "abfss://managed@${azurerm_storage_account.lake.name}.dfs.core.windows.net" }
  name            = "${local.name}-${each.key}"
  url             = "${each.value}/"
  credential_name = databricks_storage_credential.lake.name
  comment         = each.key == "lake" ? "What the stream lands and what is published." : "What Databricks manages."

  depends_on = [azurerm_storage_container.this]
}

resource "databricks_catalog" "this" {
  name           = local.catalog
  comment        = "Customer data, from raw to gold."
  storage_root   = databricks_external_location.this["managed"].url
  isolation_mode = "ISOLATED"
  force_destroy  = var.environment != "prod" # with the tables that dbt made
}

resource "databricks_schema" "this" {
  for_each      = toset(local.schemas)
  catalog_name  = databricks_catalog.this.name
  name          = each.value
  comment       = "Layer ${each.value}."
  force_destroy = var.environment != "prod"
}

resource "databricks_sql_endpoint" "this" {
  name                      = "${local.name}-dbt"
  cluster_size              = var.sql_warehouse.size
  min_num_clusters          = 1
  max_num_clusters          = var.sql_warehouse.most_clusters
  auto_stop_mins            = var.sql_warehouse.auto_stop_mins
  enable_serverless_compute = var.sql_warehouse.serverless
  warehouse_type            = "PRO"

  tags {
    dynamic "custom_tags" {
      for_each = local.tags
      content {
        key   = custom_tags.key
        value = custom_tags.value
      }
    }
  }
}

resource "databricks_service_principal" "this" {
  for_each              = local.builders
  application_id        = azurerm_user_assigned_identity.this[each.value].client_id
  display_name          = azurerm_user_assigned_identity.this[each.value].name
  databricks_sql_access = true
}

resource "databricks_permissions" "warehouse" {
  sql_endpoint_id = databricks_sql_endpoint.this.id

  dynamic "access_control" {
    for_each = local.builders
    content {
      service_principal_name = azurerm_user_assigned_identity.this[access_control.value].client_id
      permission_level       = "CAN_USE"
    }
  }

  dynamic "access_control" {
    for_each = local.readers
    content {
      group_name       = access_control.value
      permission_level = "CAN_USE"
    }
  }

  depends_on = [databricks_service_principal.this]
}

# dbt grants each table of gold to whom security.yml names; here is what leads there
resource "databricks_grants" "catalog" {
  catalog = databricks_catalog.this.name

  dynamic "grant" {
    for_each = local.builders
    content {
      principal  = azurerm_user_assigned_identity.this[grant.value].client_id
      privileges = ["USE_CATALOG", "USE_SCHEMA", "CREATE_SCHEMA", "CREATE_TABLE", "SELECT", "MODIFY", "APPLY_TAG"]
    }
  }

  dynamic "grant" {
    for_each = local.readers
    content {
      principal  = grant.value
      privileges = ["USE_CATALOG"]
    }
  }

  depends_on = [databricks_service_principal.this]
}

resource "databricks_grants" "gold" {
  count  = length(local.readers) > 0 ? 1 : 0
  schema = databricks_schema.this["gold"].id

  dynamic "grant" {
    for_each = local.readers
    content {
      principal  = grant.value
      privileges = ["USE_SCHEMA"]
    }
  }
}

resource "databricks_grants" "lake" {
  external_location = databricks_external_location.this["lake"].id

  dynamic "grant" {
    for_each = local.builders
    content {
      principal  = azurerm_user_assigned_identity.this[grant.value].client_id
      privileges = ["READ_FILES", "WRITE_FILES"]
    }
  }

  depends_on = [databricks_service_principal.this]
}
