# About 1,000 events a second; README.md says what to raise for more.
environment     = "prod"
owner_email     = "data-team@example.com"
budget          = 6000
lake            = { replication = "GZRS" }
event_hubs      = { capacity = 2, most_capacity = 10, partitions = 32, retention_days = 7, capture = true }
streaming_units = { lake = 10, live = 3 }
sql_warehouse   = { size = "Small", most_clusters = 2 }
sql_pool        = { sku = "DW200c" }
private_network = true
