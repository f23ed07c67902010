# As production in kind, less in size; each release is rehearsed here.
environment     = "test"
owner_email     = "data-team@example.com"
budget          = 800
sql_pool        = { sku = "DW100c", hours = { from = 6, to = 20 } }
refresh_cron    = "17 6-19 * * 1-5" # while the warehouse is awake
event_hubs      = { retention_days = 7 }
private_network = true
