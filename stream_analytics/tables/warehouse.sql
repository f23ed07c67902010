-- The table that the live road appends to. A window may stand in it twice after a restart; its view keeps one.
if not exists (select * from sys.schemas where name = 'live') exec('create schema live');

if object_id('live.live_department_kpis') is null
create table live.live_department_kpis (
    department nvarchar(64) not null,
    window_end datetime2(7) not null,
    events bigint not null,
    customers bigint not null
)
with (distribution = round_robin, heap);
