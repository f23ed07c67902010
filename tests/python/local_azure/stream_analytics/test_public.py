"""The constructs of a hundred queries that people have published, each in words of our own: nine in ten compile.

What they did: alerts, absence of events, self-joins for fraud, look-ups, device metadata, deduplication, sampling, sessions,
best sellers, gaps filled, z-scores, failure scores, function calls, archives beside aggregates.
"""

from __future__ import annotations

import pyarrow as pa
import pytest

from local_azure.stream_analytics.engine import Engine
from local_azure.stream_analytics.errors import QueryError, QueryErrors
from local_azure.stream_analytics.javascript import Function
from local_azure.stream_analytics.parser import parse
from local_azure.stream_analytics.plan import compile_script
from local_azure.stream_analytics.reference import Reference

from .conftest import Bench

COMPILE = [
    "SELECT * INTO archive FROM devices",
    "SELECT * INTO archive FROM devices; SELECT * INTO alerts FROM devices WHERE temp > 27",
    "select deviceId, avg(temp) as t into o from devices timestamp by ts group by deviceId, tumblingwindow(second, 5)",
    "SELECT System.Timestamp AS OutputTime, dspl AS Sensor, Avg(temp) AS t INTO o FROM devices TIMESTAMP BY time GROUP BY TumblingWindow(second, 30), dspl HAVING Avg(temp) > 100",
    "SELECT t1.time, t1.dspl FROM devices t1 TIMESTAMP BY time LEFT OUTER JOIN devices t2 TIMESTAMP BY time ON t1.dspl = t2.dspl AND DATEDIFF(second, t1, t2) BETWEEN 1 AND 5 WHERE t2.dspl IS NULL",
    'SELECT System.Timestamp AS WindowEnd, COUNT(*) AS Fraud INTO "out" FROM "devices" a TIMESTAMP BY t JOIN "devices" b TIMESTAMP BY t ON a.card = b.card AND DATEDIFF(ss, a, b) BETWEEN 1 AND 5 WHERE a.place != b.place GROUP BY TumblingWindow(Duration(second, 1))',
    "SELECT DateAdd(second, -5, System.TimeStamp) AS StartTime, System.TimeStamp AS EndTime, ProductID, SUM(Quantity) AS Orders INTO [o] FROM [devices] TIMESTAMP BY EventEnqueuedUtcTime GROUP BY ProductID, TumblingWindow(second, 5) HAVING COUNT(*) > 1",
    "SELECT SUM(Amount) AS total INTO o FROM devices GROUP BY Type, Code, SlidingWindow(minute, 10) HAVING Type = 0 AND Code = 21",
    "SELECT COUNT(*) AS n, BoothId FROM devices Partition By PartitionId GROUP BY TumblingWindow(minute, 3), BoothId, PartitionId",
    "SELECT iothub.connectiondeviceid deviceid, Max(DateAdd(Hour, 10, EventEnqueuedUtcTime)) AS t INTO o FROM devices TIMESTAMP BY EventEnqueuedUtcTime GROUP BY iothub.connectiondeviceid, TumblingWindow(minute, 30)",
    "SELECT 1.0 * SUM(Good) / SUM(Good + Bad) AS share INTO o FROM devices WHERE GetMetadataPropertyValue(devices, '[User].[type]') = 'Telemetry' GROUP BY TumblingWindow(minute, 5)",
    "WITH l AS (SELECT GetMetadataPropertyValue(devices, '[EventHub].[IoTConnectionDeviceId]') AS id1, EventEnqueuedUtcTime AS t1 FROM devices), r AS (SELECT deviceId AS id2 FROM devices) SELECT l.id1, l.t1 INTO o FROM l LEFT OUTER JOIN r ON l.id1 = r.id2 AND DATEDIFF(second, l, r) BETWEEN 1 AND 180 WHERE r.id2 IS NULL",
    "SELECT i.deviceId, r.threshold INTO o FROM devices i JOIN thresholds r ON i.deviceId = r.deviceId WHERE CAST(i.temp AS float) > CAST(r.threshold AS float)",
    "SELECT i.*, r.threshold AS limit_ INTO o FROM devices i LEFT JOIN thresholds r ON i.deviceId = r.deviceId",
    "SELECT i.deviceId INTO o FROM devices i CROSS APPLY GetArrayElements(i.readings) AS e WHERE e.ArrayValue.kind = 'temp'",
    "SELECT e.ArrayValue.* INTO o FROM devices i CROSS APPLY GetArrayElements(i.readings) AS e",
    "SELECT i.id, p.PropertyName, p.PropertyValue INTO o FROM devices i CROSS APPLY GetRecordProperties(i.tags) AS p",
    "WITH e AS (SELECT i.id, x.ArrayValue AS v FROM devices i OUTER APPLY GetArrayElements(i.list) AS x) SELECT id, v.name INTO o FROM e",
    "SELECT deviceId, LAG(temp, 1) OVER (PARTITION BY deviceId LIMIT DURATION(hour, 1)) AS p INTO o FROM devices WHERE temp - LAG(temp, 1) OVER (PARTITION BY deviceId LIMIT DURATION(hour, 1)) > 5",
    "SELECT [user], feature, DATEDIFF(second, LAST(Time) OVER (PARTITION BY [user], feature LIMIT DURATION(hour, 1) WHEN Event = 'start'), Time) AS d INTO o FROM devices TIMESTAMP BY Time WHERE Event = 'end'",
    "SELECT * INTO o FROM devices WHERE ISFIRST(second, 10) OVER (PARTITION BY deviceId) = 1",
    "SELECT deviceId, TopOne() OVER (ORDER BY ts DESC) AS latest INTO o FROM devices TIMESTAMP BY ts GROUP BY deviceId, HoppingWindow(second, 300, 5)",
    "SELECT CollectTop(3) OVER (ORDER BY score DESC, ts ASC) AS best INTO o FROM devices GROUP BY TumblingWindow(minute, 1)",
    "WITH w AS (SELECT TopOne() OVER (ORDER BY CAST(x AS bigint)) AS e FROM devices GROUP BY Tumbling(minute, 10)) SELECT e.LicensePlate, e.Make INTO o FROM w",
    "SELECT Collect() AS all_, COUNT(DISTINCT deviceId) AS n INTO o FROM devices GROUP BY HoppingWindow(minute, 10, 1)",
    "SELECT deviceId, MIN(ts) AS s, System.Timestamp() AS e, COUNT(*) AS n INTO o FROM devices TIMESTAMP BY ts GROUP BY deviceId, SessionWindow(minute, 5, 60) OVER (PARTITION BY deviceId)",
    "SELECT System.Window().Id AS w, COUNT(*) AS n INTO o FROM devices GROUP BY deviceId, Windows(Window('1m', Tumbling(minute, 1)), Window('5m', Tumbling(minute, 5)))",
    "SELECT CASE WHEN temp > 80 THEN 'high' WHEN temp < 10 THEN 'low' ELSE 'ok' END AS level, COUNT(*) AS n INTO o FROM devices GROUP BY CASE WHEN temp > 80 THEN 'high' WHEN temp < 10 THEN 'low' ELSE 'ok' END, Tumbling(minute, 1)",
    "SELECT CONCAT(deviceId, '-', CAST(DATEPART(hour, System.Timestamp()) AS nvarchar(max))) AS RowKey INTO o FROM devices",
    "SELECT DATEADD(second, CAST(unix AS bigint), '1970-01-01T00:00:00Z') AS t INTO o FROM devices",
    "SELECT deviceId INTO o FROM devices TIMESTAMP BY DATEADD(millisecond, epoch, '1970-01-01T00:00:00Z')",
    "SELECT TRY_CAST(a AS float) AS a, TRY_CAST(b AS datetime) AS b INTO ok FROM devices WHERE TRY_CAST(a AS float) IS NOT NULL SELECT * INTO bad FROM devices WHERE TRY_CAST(a AS float) IS NULL",
    "SELECT a.deviceId AS id, a.value AS va, b.value AS vb INTO o FROM devices a JOIN more b ON a.deviceId = b.deviceId AND DATEDIFF(minute, a, b) BETWEEN -2 AND 2",
    "SELECT id, 'a' AS kind INTO o FROM devices UNION SELECT id, 'b' AS kind FROM more",
    "WITH x AS (SELECT * FROM devices WHERE type = 'a'), y AS (SELECT * FROM x WHERE v > 1), z AS (SELECT COUNT(*) AS n FROM y GROUP BY Tumbling(second, 10)) SELECT * INTO o FROM z SELECT * INTO p FROM y",
    "SELECT SUBSTRING(topic, CHARINDEX('/', topic) + 1, LEN(topic)) AS device INTO o FROM devices",
    "SELECT REPLACE(LOWER(TRIM(name)), ' ', '_') AS n INTO o FROM devices WHERE UPPER(name) LIKE 'A%'",
    "SELECT REGEXMATCH(plate, '[A-Z]{3}') AS m, PATINDEX('%0%', plate) AS p INTO o FROM devices",
    "SELECT GetArrayElement(rows, 0).value AS first, GetArrayLength(rows) AS n INTO o FROM devices",
    "SELECT GetRecordPropertyValue(payload, 'temp') AS t, GetType(payload) AS k INTO o FROM devices WHERE GetType(payload) = 'record'",
    "SELECT deviceId, ST_DISTANCE(CreatePoint(lat, lon), CreatePoint(52.5, 13.4)) AS m INTO o FROM devices",
    "SELECT deviceId INTO o FROM devices i JOIN thresholds r ON ST_WITHIN(CreatePoint(i.lat, i.lon), r.fence) = 1",
    "CREATE TABLE devices (deviceId nvarchar(max), temp float, ts datetime); SELECT deviceId, AVG(temp) AS t INTO o FROM devices TIMESTAMP BY ts GROUP BY deviceId, TumblingWindow(minute, 1)",
    "SELECT AVG(temp) OVER (PARTITION BY deviceId LIMIT DURATION(minute, 5)) AS moving INTO o FROM devices",
    "SELECT STDEV(v) AS s, VARP(v) AS p, PERCENTILE_CONT(0.9) OVER (ORDER BY v) AS q INTO o FROM devices GROUP BY Tumbling(hour, 1)",
    "SELECT ROUND(AVG(v), 2) AS a, FLOOR(MIN(v)) AS l, ABS(MAX(v)) AS h INTO o FROM devices GROUP BY Tumbling(hour, 1)",
    "SELECT DATEDIFF(second, a.ts, b.ts) AS d INTO o FROM devices a TIMESTAMP BY ts JOIN devices b TIMESTAMP BY ts ON a.id = b.id AND DATEDIFF(second, a, b) BETWEEN 0 AND 60 WHERE a.state = 'on' AND b.state = 'off'",
    "SELECT messages.body.sensor.temperature AS t INTO o FROM devices AS messages WHERE messages.body.sensor.temperature IS NOT NULL",
    "SELECT System.Timestamp() AS t, COUNT(*) INTO o FROM devices GROUP BY TumblingWindow(Duration(hour, 24), Offset(hour, -8))",
    "SELECT COALESCE(a, b, 'none') AS x, NULLIF(a, '') AS y INTO o FROM devices",
    "WITH Spikes AS (SELECT *, LAG(v) OVER (LIMIT DURATION(minute, 1)) AS before FROM devices) SELECT * INTO o FROM Spikes WHERE v > before * 2",
    "SELECT udt.a, [some field], t = 1 INTO o FROM devices udt",
    "SELECT deviceId, EventProcessedUtcTime, PartitionId INTO o FROM devices PARTITION BY deviceId INTO 4",
    "SELECT GetMetadataPropertyValue(devices, 'EventId') AS id, GetMetadataPropertyValue(devices, 'EventHub') AS hub INTO o FROM devices",
    "SELECT deviceId, COUNT(*) AS [Count] INTO alerts FROM devices TIMESTAMP BY ts GROUP BY deviceId, TumblingWindow(second, 10) HAVING [Count] >= 3",
    "SELECT deviceId, System.Timestamp AS 'until', SUM(faults) AS 'faults' INTO o FROM devices GROUP BY deviceId, SlidingWindow(second, 30) HAVING faults > 20",
    "SELECT kind, SUM(n), System.TimeStamp AS 'windowEnd' INTO o FROM devices TIMESTAMP by ts GROUP BY TumblingWindow(minute,1), kind, windowEnd",
    "WITH sold AS (SELECT item, price, COUNT(*) AS n FROM devices WHERE act = 'buy' GROUP BY item, price, TumblingWindow(second,30)), top5 AS (SELECT DISTINCT CollectTop(5) OVER (ORDER BY n) AS best FROM sold GROUP BY TumblingWindow(second,30)), each_ AS (SELECT e.ArrayValue FROM top5 CROSS APPLY GetArrayElements(top5.Best) AS e) SELECT arrayvalue.value.item, arrayvalue.value.n INTO o FROM each_",
    "SELECT deviceId, LAG(System.Timestamp(), 1) OVER (PARTITION BY deviceId LIMIT DURATION(minute, 5)) AS earlier INTO o FROM devices",
    "SELECT TopOne() OVER (PARTITION BY deviceId ORDER BY temp DESC LIMIT DURATION(minute, 5)) AS hottest INTO o FROM devices",
    "WITH rolling AS (SELECT deviceId, temp, AVG(temp) OVER (PARTITION BY deviceId LIMIT DURATION(minute, 30)) AS mean, STDEV(temp) OVER (PARTITION BY deviceId LIMIT DURATION(minute, 30)) AS sd FROM devices), z AS (SELECT deviceId, (temp - mean) / NULLIF(sd, 0) AS score FROM rolling WHERE sd IS NOT NULL AND sd > 0) SELECT deviceId, COUNT(*) AS n, MAX(ABS(score)) AS worst INTO o FROM z WHERE ABS(score) > 2.0 GROUP BY deviceId, SlidingWindow(minute, 15) HAVING COUNT(*) >= 5",
    "SELECT [devices].address, reading.PropertyName AS n, CASE WHEN reading.PropertyName = 'temperature' THEN GetArrayElement(reading.PropertyValue, 0) ELSE reading.PropertyValue END AS v INTO [o] FROM [devices] CROSS APPLY GetRecordProperties([devices].data) AS reading",
    "SELECT Records.ArrayValue.category AS c, Records.ArrayValue.[identity].type AS t INTO [logs] FROM [devices] d CROSS APPLY GetArrayElements(d.records) AS Records",
    "SELECT deviceId, MIN(DATEADD(millisecond, [endTime], '1970-01-01T00:00:00Z')) AS s, DATEDIFF(second, MIN(DATEADD(millisecond, [endTime], '1970-01-01T00:00:00Z')), System.Timestamp) AS d INTO o FROM devices TIMESTAMP BY DATEADD(millisecond, [endTime], '1970-01-01T00:00:00Z') GROUP BY deviceId, SESSIONWINDOW(minute, 3, 15) OVER (PARTITION BY deviceId)",
    "WITH once AS (SELECT COUNT(DISTINCT ts) AS n, v, deviceId FROM devices TIMESTAMP BY ts GROUP BY v, deviceId, SYSTEM.TIMESTAMP()) SELECT AVG(v) AS v, deviceId INTO o FROM once GROUP BY deviceId, TumblingWindow(minute, 5)",
    "WITH lastones AS (SELECT MAX(ts) AS t FROM devices TIMESTAMP BY ts GROUP BY TumblingWindow(minute, 10)) SELECT devices.deviceId, devices.ts INTO o FROM devices TIMESTAMP BY ts INNER JOIN lastones ON DATEDIFF(minute, devices, lastones) BETWEEN 0 AND 10 AND devices.ts = lastones.t",
    "SELECT deviceId, udf.score(temp, 10) AS s, UDF.hex(GetArrayElement(rows, 0)) AS h INTO o FROM devices WHERE udf.score(temp, 1) > 0",
    "SELECT i.deviceId, udf.score(r.threshold, i.temp) AS s, System.Timestamp AS t INTO o FROM devices i TIMESTAMP BY i.ts JOIN thresholds r ON r.deviceId = i.deviceId",
    "SELECT COUNT(*) as Count, COUNT(DISTINCT deviceId) AS d INTO o FROM devices TIMESTAMP BY CAST(ts AS datetime) GROUP BY TumblingWindow(second, 10), SYSTEM.Timestamp()",
    "SELECT GetMetadataPropertyValue([devices], '[EventHub].[IoTConnectionDeviceId]') AS id, IoTHub.ConnectionDeviceId AS c, devices.IoTHub.EnqueuedTime AS e INTO o FROM devices",
    "SELECT *, System.Timestamp() as ts2, 'telemetry' as kind INTO o FROM devices PARTITION BY PartitionId TIMESTAMP BY ts",
    "SELECT a.*, b.v AS w INTO o FROM devices a TIMESTAMP BY ts LEFT JOIN more b TIMESTAMP BY ts ON a.deviceId = b.deviceId AND DATEDIFF(ms, a, b) BETWEEN 0 AND 500",
    "SELECT CAST(SUBSTRING(t, 1, 4) AS bigint) AS y, DATEPART(weekday, ts) AS w, DATENAME(month, ts) AS m INTO o FROM devices WHERE NOT (a = 1 OR b IN (1, 2) AND c NOT LIKE '%x') AND d NOT BETWEEN 1 AND 2",
    "SELECT deviceId, v INTO o FROM devices WHERE LAG(v, 1, 0) OVER (PARTITION BY deviceId LIMIT DURATION(hour, 1) WHEN v IS NOT NULL) <> v OR ISFIRST(hour, 1) OVER (PARTITION BY deviceId) = 1",
    "SELECT deviceId, MAX(v) - MIN(v) AS r, 100.0 * SUM(CASE WHEN e = 'x' THEN 1 ELSE 0 END) / COUNT(*) AS pct INTO o FROM devices GROUP BY deviceId, HoppingWindow(Duration(minute, 10), Hop(minute, 5)) HAVING MAX(v) - MIN(v) > 10 AND pct > 5",
    "WITH flags AS (SELECT deviceId, CASE WHEN temp > 80 THEN 1 ELSE 0 END AS hot, CASE WHEN shake > 50 THEN 1 ELSE 0 END AS shaky FROM devices), sums AS (SELECT deviceId, SUM(hot) AS h, SUM(shaky) AS k, COUNT(*) AS n FROM flags GROUP BY deviceId, TumblingWindow(minute, 10)) SELECT deviceId, ((CAST(h AS float) / n) * 40 + (CAST(k AS float) / n) * 35 + (CAST(h + k AS float) / n) * 25) AS risk INTO o FROM sums",
    "WITH filled AS (SELECT System.Timestamp AS at, TopOne() OVER (ORDER BY ts DESC) AS e FROM devices TIMESTAMP BY ts GROUP BY HOPPINGWINDOW(second, 300, 5)) SELECT alert = 1, at, e.deviceId as [lastDevice], e.temp * 9 / 5 + 32 AS f INTO o FROM filled",
    "SELECT deviceId, PERCENTILE_DISC(0.95) OVER (ORDER BY v) AS p95 INTO o FROM devices GROUP BY deviceId, HOPPINGWINDOW(minute, 5, 1)",
    "SELECT TRY_CAST(l AS array) AS a, TRY_CAST(r AS record) AS b INTO o FROM devices WHERE GetType(l) <> 'array'",
    "SELECT deviceId AS [PartitionKey], CONCAT(deviceId, '_', CAST(ts AS nvarchar(max))) AS RowKey INTO o FROM devices TIMESTAMP BY ts OVER deviceId, site",
    "SELECT AVG(v) avg_v, deviceId dev INTO o FROM devices GROUP BY TumblingWindow(second, 5), deviceId;",
    "SELECT System.Window().Id, AVG(v) AS a INTO o FROM devices GROUP BY Windows(TumblingWindow(minute, 1), TumblingWindow(minute, 5))",
    "CREATE TABLE thresholds (deviceId nvarchar(max), threshold float); CREATE TABLE devices (deviceId nvarchar(max), temp float); SELECT d.deviceId, d.temp - r.threshold AS over_ INTO o FROM devices d JOIN thresholds r ON d.deviceId = r.deviceId",
    "SELECT deviceId, COUNT(*) AS n INTO o FROM devices WHERE GetType(v) IN ('bigint', 'float') GROUP BY deviceId, TumblingWindow(second, 10) HAVING COUNT(*) > AVG(v)",
    "SELECT Collect(deviceId) AS ids, COLLECT() AS all_ INTO o FROM devices GROUP BY TumblingWindow(second, 10)",
    "WITH [step 1] AS (SELECT * FROM devices) SELECT [step 1].a, [step 1].[b c].d INTO [o] FROM [step 1]",
    "SELECT devices.*, r.* INTO o FROM devices JOIN thresholds r ON devices.deviceId = r.deviceId",
    "SELECT deviceId, CAST(System.Timestamp AS nvarchar(max)) AS t, SYSTEM.TIMESTAMP AS u INTO o FROM devices GROUP BY deviceId, TUMBLING(SECOND, 5)",
    "SELECT status & 1 AS f, status | 2 AS g, status ^ 3 AS h, ~status AS i, status % 2 AS j, -status AS k INTO o FROM devices",
    "SELECT ClickEvent.UserID, r.threshold INTO BlobOutput FROM devices ClickEvent TIMESTAMP BY EventTime LEFT OUTER JOIN thresholds r ON ClickEvent.UserID = r.deviceId WHERE ClickEvent.Request.Method = 'GET' or ClickEvent.Request.Method = 'POST'",
    "SELECT COUNT(distinct ip) AS n, System.Timestamp() AS t, DATEADD(hour, -8, System.Timestamp()) AS lokal INTO o FROM devices GROUP BY TumblingWindow(Duration(day, 1), Offset(millisecond, -1))",
    "SELECT deviceId, VAR(v) AS a, STDEVP(v) AS b INTO o FROM devices WHERE TRY_CAST(v AS float) IS NOT NULL AND ts > '2020-01-01T00:00:00Z' GROUP BY deviceId, TumblingWindow(hour, 6) HAVING VAR(v) > 1",
    "SELECT f.vendor, f.fare, udf.score(f.fare, COALESCE(TRY_CAST(f.tip AS float), 0)) AS s INTO o FROM devices f PARTITION BY PartitionId WHERE f.fare BETWEEN 1 AND 500 SELECT * INTO [raw archive] FROM devices",
]
REFUSED = {
    "SELECT udf.toHex(a) AS h INTO o FROM devices": "the project has no such JavaScript function",
    "SELECT AnomalyDetection_SpikeAndDip(v, 95, 120, 'spikes') OVER (LIMIT DURATION(second, 120)) AS s INTO o FROM devices": "a model of the service",
    "SELECT * INTO o FROM devices MATCH_RECOGNIZE (LIMIT DURATION (minute, 1) PATTERN (A+) DEFINE A AS A.v = 1) AS t": "MATCH_RECOGNIZE is not supported here",
    "SELECT ISNULL(a, 0) AS a INTO o FROM devices": "write COALESCE",
    "SELECT a INTO o FROM devices WHERE s = \"x\"": "write [x] for a name",
    "SELECT TOP 5 * INTO o FROM devices": "SELECT TOP is not in the language",
    "SELECT DISTINCT deviceId INTO o FROM devices": "SELECT DISTINCT is not in the language",
    "SELECT CAST(a AS DECIMAL(5,2)) AS a INTO o FROM devices": "DECIMAL is no type of Stream Analytics",
    "SELECT LEAD(a, 1) OVER (PARTITION BY deviceId LIMIT DURATION(minute, 10)) AS n INTO o FROM devices": "write LAG",
    "SELECT a INTO o FROM devices WHERE v > (SELECT MAX(v) FROM devices)": "a SELECT inside an expression is not supported",
}  # fmt: skip


@pytest.mark.parametrize("query", COMPILE)
def test_a_public_querys_construct_compiles_and_runs_over_nothing(query: str) -> None:
    columns = {name: (name, "any") for name in ("deviceid", "threshold", "fence")}
    functions = tuple(Function(name, "function f(a, b) { return 1; }") for name in ("score", "hex"))
    plan = compile_script(parse(query), {"devices": True, "more": True}, {"thresholds": columns}, (), functions)  # type: ignore[dict-item]
    none = pa.table({name: pa.array([], pa.string()) for name in columns})
    engine = Engine(plan, [Reference("thresholds", columns, none)])  # type: ignore[arg-type]
    engine.check()
    engine.close()


@pytest.mark.missing
@pytest.mark.parametrize(("query", "reason"), REFUSED.items())
def test_what_is_not_done_here_is_refused_by_name(query: str, reason: str) -> None:
    with pytest.raises((QueryError, QueryErrors)) as refused:
        Bench(query, "devices")
    assert reason in str(refused.value)


def test_nine_in_ten_compile() -> None:
    together = len(COMPILE) + len(REFUSED)
    assert together >= 100 and len(COMPILE) >= 0.9 * together
