mock_resource "databricks_sql_endpoint" {
  defaults = { odbc_params = [{ hostname = "adb-0.0.azuredatabricks.net", path = "/sql/1.0/warehouses/0000000000000000", protocol = "https", port = 443 }] }
}
