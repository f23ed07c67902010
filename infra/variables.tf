variable "environment" {
  description = "dev, test or prod; part of every name."
  type        = string
  validation {
    condition     = contains(["dev", "test", "prod"], var.environment)
    error_message = "environment is dev, test or prod."
  }
}

variable "project" {
  description = "Begins every name."
  type        = string
  default     = "cdp"
  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,5}$", var.project))
    error_message = "project is two to six lower-case letters and digits, beginning with a letter: a storage account's name has 24 characters."
  }
}

variable "location" {
  description = "Azure region of everything."
  type        = string
  default     = "westeurope"
}

variable "owner_email" {
  description = "Gets the alerts and the budget's warnings, and stands in the tag owner."
  type        = string
  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+$", var.owner_email))
    error_message = "owner_email is an e-mail address."
  }
}

variable "github_repository" {
  description = "owner/name of the repository whose workflows sign in without a secret; null for none."
  type        = string
  default     = null
}

variable "groups" {
  description = "security.yml's groups as they are in Entra ID: analysts = \"Customer data analysts\". A group that is not named reads nothing."
  type        = map(string)
  default     = {}
  validation {
    condition     = length(setsubtract(keys(var.groups), keys(yamldecode(file("../security.yml")).groups))) == 0
    error_message = "groups has a name that security.yml does not know."
  }
}

variable "event_hubs" {
  description = "Tier, throughput units (and up to how many they inflate), partitions, days of retention, and whether Capture keeps every event as it came."
  type = object({
    sku            = optional(string, "Standard")
    capacity       = optional(number, 1)
    most_capacity  = optional(number, 2)
    partitions     = optional(number, 4)
    retention_days = optional(number, 7)
    capture        = optional(bool, false)
  })
  default = {}
  validation {
    condition     = contains(["Standard", "Premium"], var.event_hubs.sku)
    error_message = "sku is Standard or Premium: Basic has one consumer group, and two jobs read."
  }
  validation {
    condition     = var.event_hubs.retention_days >= 1 && var.event_hubs.retention_days <= (var.event_hubs.sku == "Premium" ? 90 : 7)
    error_message = "retention_days is 1 to 7, in Premium 1 to 90."
  }
  validation {
    condition     = var.event_hubs.partitions >= 1 && var.event_hubs.partitions <= 32
    error_message = "partitions is 1 to 32; it cannot be changed later in Standard."
  }
}

variable "streaming_units" {
  description = "Of each job, in thirds of a unit V2 as the service counts them: 3 is 1/3, 7 is 2/3, 10 is one."
  type        = object({ lake = optional(number, 3), live = optional(number, 3) })
  default     = {}
  validation {
    condition     = alltrue([for units in values(var.streaming_units) : units == 3 || units == 7 || units % 10 == 0])
    error_message = "streaming units are 3, 7 or a multiple of 10."
  }
}

variable "lake" {
  description = "Replication, and after how many days raw data moves to the cool tier."
  type        = object({ replication = optional(string, "ZRS"), cool_after_days = optional(number, 90) })
  default     = {}
  validation {
    condition     = contains(["LRS", "ZRS", "GRS", "RAGRS", "GZRS", "RAGZRS"], var.lake.replication)
    error_message = "replication is LRS, ZRS, GRS, RAGRS, GZRS or RAGZRS."
  }
}

variable "sql_warehouse" {
  description = "The Databricks SQL warehouse."
  type = object({
    size           = optional(string, "2X-Small")
    most_clusters  = optional(number, 1)
    auto_stop_mins = optional(number, 10)
    serverless     = optional(bool, true)
  })
  default = {}
  validation {
    condition     = contains(["2X-Small", "X-Small", "Small", "Medium", "Large", "X-Large", "2X-Large", "3X-Large", "4X-Large"], var.sql_warehouse.size)
    error_message = "size is 2X-Small to 4X-Large."
  }
}

variable "sql_pool" {
  description = "The dedicated SQL pool: size, and from which hour to which (UTC, Monday to Friday) it runs; null runs it always."
  type        = object({ sku = optional(string, "DW100c"), hours = optional(object({ from = number, to = number })) })
  default     = {}
  validation {
    condition     = can(regex("^DW(100|200|300|400|500|1000|1500|2000|2500|3000|5000|6000|7500|10000|15000|30000)c$", var.sql_pool.sku))
    error_message = "sku is DW100c to DW30000c."
  }
}

variable "sources" {
  description = "Sources that ingestion follows (ingestion/sources/*.yml); its settings are not secret, its secrets are names of Key Vault secrets, by the environment variable that the source's file reads."
  type = map(object({
    settings = optional(map(string), {})
    secrets  = optional(map(string), {})
    every    = optional(string, "60s")
  }))
  default = {}
}

variable "push" {
  description = "Sources that push to an address of ours (`ingestion serve`); empty for none. The token is the Key Vault secret ingestion-token."
  type        = list(string)
  default     = []
}

variable "push_secrets" {
  description = "What the files of the sources that push name (such as STRIPE_WEBHOOK_SECRET): names of Key Vault secrets, by environment variable."
  type        = map(string)
  default     = {}
}

variable "refresh_cron" {
  description = "When both dbt halves are built, in UTC."
  type        = string
  default     = "17 5-19 * * 1-5"
}

variable "private_network" {
  description = "Whether storage, Event Hubs, Key Vault, Synapse and Databricks are reached by private addresses alone."
  type        = bool
  default     = false
}

variable "allowed_addresses" {
  description = "IPv4 addresses that may reach the warehouse, by a name for each: an office, a gateway of Power BI."
  type        = map(string)
  default     = {}
}

variable "budget" {
  description = "Of a month, in the subscription's currency; mail goes out at 80 % and at what is forecast over 100 %."
  type        = number
  default     = 500
}

variable "budget_from" {
  description = "First month that the budget counts."
  type        = string
  default     = "2026-01-01T00:00:00Z"
}
