# For trying things: the least of everything, and nothing runs by night.
environment  = "dev"
owner_email  = "data-team@example.com"
budget       = 400
lake         = { replication = "LRS", cool_after_days = 30 }
sql_pool     = { sku = "DW100c", hours = { from = 7, to = 18 } }
refresh_cron = "17 7-17 * * 1-5" # while the warehouse is awake
event_hubs   = { retention_days = 3 }
