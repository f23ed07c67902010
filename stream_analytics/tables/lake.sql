-- The tables that the job appends to; they must stand before it starts, else the first record fixes the schema.
-- Stream Analytics writes reader 1 / writer 2 tables only (Microsoft Learn, write-to-delta-lake): deletion vectors, which a
-- workspace may switch on for every new table, would make it 3 / 7.
create schema if not exists {catalog}.raw;

create table if not exists {catalog}.raw.raw_sales (
    event_id string,
    event_type string,
    event_source string,
    customer_id string,
    occurred_at timestamp,
    data_schema string,
    payload string,
    enqueued_at timestamp,
    partition_id bigint,
    sequence_number bigint
)
using delta
location '{lake}/raw/raw_sales'
tblproperties ('delta.enableDeletionVectors' = 'false', 'delta.minReaderVersion' = '1', 'delta.minWriterVersion' = '2');

create table if not exists {catalog}.raw.raw_marketing (
    event_id string,
    event_type string,
    event_source string,
    customer_id string,
    occurred_at timestamp,
    data_schema string,
    payload string,
    enqueued_at timestamp,
    partition_id bigint,
    sequence_number bigint
)
using delta
location '{lake}/raw/raw_marketing'
tblproperties ('delta.enableDeletionVectors' = 'false', 'delta.minReaderVersion' = '1', 'delta.minWriterVersion' = '2');

create table if not exists {catalog}.raw.raw_support (
    event_id string,
    event_type string,
    event_source string,
    customer_id string,
    occurred_at timestamp,
    data_schema string,
    payload string,
    enqueued_at timestamp,
    partition_id bigint,
    sequence_number bigint
)
using delta
location '{lake}/raw/raw_support'
tblproperties ('delta.enableDeletionVectors' = 'false', 'delta.minReaderVersion' = '1', 'delta.minWriterVersion' = '2');

create table if not exists {catalog}.raw.raw_finance (
    event_id string,
    event_type string,
    event_source string,
    customer_id string,
    occurred_at timestamp,
    data_schema string,
    payload string,
    enqueued_at timestamp,
    partition_id bigint,
    sequence_number bigint
)
using delta
location '{lake}/raw/raw_finance'
tblproperties ('delta.enableDeletionVectors' = 'false', 'delta.minReaderVersion' = '1', 'delta.minWriterVersion' = '2');

create table if not exists {catalog}.raw.raw_customer (
    event_id string,
    event_type string,
    event_source string,
    customer_id string,
    occurred_at timestamp,
    data_schema string,
    payload string,
    enqueued_at timestamp,
    partition_id bigint,
    sequence_number bigint
)
using delta
location '{lake}/raw/raw_customer'
tblproperties ('delta.enableDeletionVectors' = 'false', 'delta.minReaderVersion' = '1', 'delta.minWriterVersion' = '2');

create table if not exists {catalog}.raw.raw_quarantine (
    event_id string,
    event_type string,
    event_source string,
    customer_id string,
    occurred_at timestamp,
    data_schema string,
    payload string,
    enqueued_at timestamp,
    partition_id bigint,
    sequence_number bigint,
    reason string
)
using delta
location '{lake}/raw/raw_quarantine'
tblproperties ('delta.enableDeletionVectors' = 'false', 'delta.minReaderVersion' = '1', 'delta.minWriterVersion' = '2');

