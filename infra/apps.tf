# Container Apps: ingestion, a replica a source that follows it, one that takes what is pushed; and the refresh, a job that
# builds both halves of dbt and maintains the lake.
locals {
  registry = "${local.flat}cr${local.unique}"
  # what the images hold of this repository: a change of any of it is a new image
  held = sort(concat(["dbt_project.yml", "pyproject.toml", "security.yml", "uv.lock"], flatten([
    for folder in ["infra/refresh", "ingestion", "local_azure", "macros", "models", "pipeline", "profiles", "scripts", "seeds", "snapshots", "stream_analytics", "tests"] :
    [for file in fileset("${path.module}/..", "${folder}/**") : file if !strcontains(file, "__pycache__") && !startswith(file, "tests/python/")]
  ])))
  image_tag = substr(sha1(join("", [for file in local.held : "${file} ${filesha1("${path.module}/../${file}")}"])), 0, 12)
  image     = { for name in ["ingestion", "refresh"] : name => "${azurerm_container_registry.this.login_server}/${name}:${local.image_tag}" }

  ingestion = {
    EVENT_HUBS_NAMESPACE = "${azurerm_eventhub_namespace.this.name}.servicebus.windows.net"
    AZURE_CLIENT_ID      = azurerm_user_assigned_identity.this["ingestion"].client_id # of several identities, this one
  }
  push_secrets = merge({ INGESTION_TOKEN = "ingestion-token" }, var.push_secrets)
  cursors      = "${azurerm_storage_account.lake.primary_blob_endpoint}cursors"
  # what dbt reads, in a container as in a workflow
  dbt = merge({
    AZURE_CLIENT_ID        = azurerm_user_assigned_identity.this["refresh"].client_id
    AZURE_TENANT_ID        = data.azurerm_client_config.this.tenant_id
    DATABRICKS_HOST        = azurerm_databricks_workspace.this.workspace_url
    DATABRICKS_HTTP_PATH   = databricks_sql_endpoint.this.odbc_params[0].path
    DATABRICKS_CATALOG     = local.catalog
    SYNAPSE_SERVER         = local.pool_url
    SYNAPSE_DATABASE       = local.database
    SYNAPSE_AUTHENTICATION = "auto"
    LAKE_URL               = local.lake_url
  }, { for group, name in var.groups : local.security.groups[group] => name })
}

resource "azurerm_container_registry" "this" {
  name                   = local.registry
  location               = var.location
  resource_group_name    = azurerm_resource_group.this.name
  sku                    = "Standard"
  admin_enabled          = false
  anonymous_pull_enabled = false
  tags                   = local.tags
}

# Azure builds the images of this folder as it stands
resource "terraform_data" "images" {
  triggers_replace = local.image_tag

  provisioner "local-exec" {
    working_dir = "${path.module}/.."
    command     = <<-EOT
      az acr build --registry "$REGISTRY" --image "ingestion:$TAG" --file ingestion/Dockerfile . &&
      az acr build --registry "$REGISTRY" --image "refresh:$TAG" --file infra/refresh/Dockerfile .
    EOT
    environment = { REGISTRY = azurerm_container_registry.this.name, TAG = local.image_tag }
  }
}

resource "azurerm_container_app_environment" "this" {
  name                           = "cae-${local.name}"
  location                       = var.location
  resource_group_name            = azurerm_resource_group.this.name
  logs_destination               = "log-analytics"
  log_analytics_workspace_id     = azurerm_log_analytics_workspace.this.id
  infrastructure_subnet_id       = var.private_network ? azurerm_subnet.this["apps"].id : null
  internal_load_balancer_enabled = var.private_network ? true : null
  tags                           = local.tags

  workload_profile {
    name                  = "Consumption"
    workload_profile_type = "Consumption"
  }
}

resource "azurerm_container_app" "source" {
  for_each                     = var.sources
  name                         = "ca-${local.name}-${replace(each.key, "_", "-")}" # letters, digits and hyphens alone
  container_app_environment_id = azurerm_container_app_environment.this.id
  resource_group_name          = azurerm_resource_group.this.name
  revision_mode                = "Single"
  workload_profile_name        = "Consumption"
  tags                         = local.tags

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.this["ingestion"].id]
  }

  registry {
    server   = azurerm_container_registry.this.login_server
    identity = azurerm_user_assigned_identity.this["ingestion"].id
  }

  dynamic "secret" {
    for_each = each.value.secrets
    content {
      name                = secret.value
      identity            = azurerm_user_assigned_identity.this["ingestion"].id
      key_vault_secret_id = "${azurerm_key_vault.this.vault_uri}secrets/${secret.value}"
    }
  }

  template {
    min_replicas = 1
    max_replicas = 1 # one run at a time moves a cursor

    container {
      name   = "ingestion"
      image  = local.image["ingestion"]
      cpu    = 0.5
      memory = "1Gi"
      args   = ["run", each.key, "--follow", "--every", each.value.every]

      dynamic "env" {
        for_each = merge(local.ingestion, each.value.settings, { INGESTION_CURSOR = "${local.cursors}/${each.key}" })
        content {
          name  = env.key
          value = env.value
        }
      }
      dynamic "env" {
        for_each = each.value.secrets
        content {
          name        = env.key
          secret_name = env.value
        }
      }
    }
  }

  depends_on = [terraform_data.images, azurerm_role_assignment.this]
}

resource "azurerm_container_app" "push" {
  count                        = length(var.push) > 0 ? 1 : 0
  name                         = "ca-${local.name}-push"
  container_app_environment_id = azurerm_container_app_environment.this.id
  resource_group_name          = azurerm_resource_group.this.name
  revision_mode                = "Single"
  workload_profile_name        = "Consumption"
  tags                         = local.tags

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.this["ingestion"].id]
  }

  registry {
    server   = azurerm_container_registry.this.login_server
    identity = azurerm_user_assigned_identity.this["ingestion"].id
  }

  dynamic "secret" {
    for_each = local.push_secrets
    content {
      name                = secret.value
      identity            = azurerm_user_assigned_identity.this["ingestion"].id
      key_vault_secret_id = "${azurerm_key_vault.this.vault_uri}secrets/${secret.value}"
    }
  }

  ingress {
    external_enabled           = true
    allow_insecure_connections = false
    target_port                = 8080
    traffic_weight {
      percentage      = 100
      latest_revision = true
    }
  }

  template {
    min_replicas = 1
    max_replicas = 4

    container {
      name   = "ingestion"
      image  = local.image["ingestion"]
      cpu    = 0.5
      memory = "1Gi"
      args   = concat(["serve"], var.push, ["--host", "0.0.0.0"])

      dynamic "env" {
        for_each = local.ingestion
        content {
          name  = env.key
          value = env.value
        }
      }
      dynamic "env" {
        for_each = local.push_secrets
        content {
          name        = env.key
          secret_name = env.value
        }
      }
      liveness_probe {
        transport = "HTTP"
        path      = "/healthz"
        port      = 8080
      }
    }
  }

  depends_on = [terraform_data.images, azurerm_role_assignment.this]
}

resource "azurerm_container_app_job" "refresh" {
  name                         = "caj-${local.name}-refresh"
  location                     = var.location
  resource_group_name          = azurerm_resource_group.this.name
  container_app_environment_id = azurerm_container_app_environment.this.id
  workload_profile_name        = "Consumption"
  replica_timeout_in_seconds   = 5400
  replica_retry_limit          = 1 # a killed build is a build to repeat
  tags                         = local.tags

  schedule_trigger_config {
    cron_expression          = var.refresh_cron
    parallelism              = 1
    replica_completion_count = 1
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.this["refresh"].id]
  }

  registry {
    server   = azurerm_container_registry.this.login_server
    identity = azurerm_user_assigned_identity.this["refresh"].id
  }

  template {
    container {
      name   = "refresh"
      image  = local.image["refresh"]
      cpu    = 2
      memory = "4Gi"

      dynamic "env" {
        for_each = local.dbt
        content {
          name  = env.key
          value = env.value
        }
      }
    }
  }

  depends_on = [terraform_data.images, terraform_data.prepared, azurerm_role_assignment.this]
}
