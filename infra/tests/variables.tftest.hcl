# What a provider's schema cannot know (allowed values, rules of names) is refused by the variables themselves.
mock_provider "azurerm" {
  override_during = plan
  source          = "./tests/mocks"
}

mock_provider "databricks" {
  override_during = plan
  source          = "./tests/mocks"
}

variables {
  environment = "dev"
  owner_email = "owner@example.com"
}

run "an_environment_that_is_none" {
  command = plan
  variables {
    environment = "staging"
  }
  expect_failures = [var.environment]
}

run "a_name_too_long_for_storage" {
  command = plan
  variables {
    project = "customerdata"
  }
  expect_failures = [var.project]
}

run "a_tier_with_one_consumer_group" {
  command = plan
  variables {
    event_hubs = { sku = "Basic" }
  }
  expect_failures = [var.event_hubs]
}

run "a_retention_that_standard_has_not" {
  command = plan
  variables {
    event_hubs = { retention_days = 30 }
  }
  expect_failures = [var.event_hubs]
}

run "units_that_are_not_sold" {
  command = plan
  variables {
    streaming_units = { lake = 5 }
  }
  expect_failures = [var.streaming_units]
}

run "a_pool_of_no_size" {
  command = plan
  variables {
    sql_pool = { sku = "DW150c" }
  }
  expect_failures = [var.sql_pool]
}

run "a_warehouse_of_no_size" {
  command = plan
  variables {
    sql_warehouse = { size = "Tiny" }
  }
  expect_failures = [var.sql_warehouse]
}

run "a_group_that_security_does_not_know" {
  command = plan
  variables {
    groups = { everybody = "All staff" }
  }
  expect_failures = [var.groups]
}

run "mail_to_nobody" {
  command = plan
  variables {
    owner_email = "nobody"
  }
  expect_failures = [var.owner_email]
}
