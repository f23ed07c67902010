"""Clauses as Microsoft's reference shows them: each with its page, a query of that shape, its input and its result.

Left out: MATCH_RECOGNIZE and the anomaly models, refused by name; `State = "WA"` (into), since the page of SELECT gives
double quotes to names; and the sum of REPLICATE's page, whose brackets do not close.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Rows = list[dict[str, Any]]
DAY = "2014-09-10T12"
TOLLS: Rows = [
    {"TollId": 1, "EntryTime": f"{DAY}:01:00Z", "LicensePlate": "JNB 7001", "State": "NY", "Make": "Honda", "Toll": 7},
    {"TollId": 1, "EntryTime": f"{DAY}:02:00Z", "LicensePlate": "YXZ 1001", "State": "NY", "Make": "Toyota", "Toll": 4},
    {"TollId": 3, "EntryTime": f"{DAY}:02:00Z", "LicensePlate": "ABC 1004", "State": "CT", "Make": "Ford", "Toll": 5},
    {"TollId": 2, "EntryTime": f"{DAY}:03:00Z", "LicensePlate": "XYZ 1003", "State": "CT", "Make": "Toyota", "Toll": 4},
    {"TollId": 1, "EntryTime": f"{DAY}:03:00Z", "LicensePlate": "BNJ 1007", "State": "NY", "Make": "Honda", "Toll": 5},
    {"TollId": 2, "EntryTime": f"{DAY}:05:00Z", "LicensePlate": "CDE 1007", "State": "NJ", "Make": "Toyota", "Toll": 6},
]
SENSORS: Rows = [
    {"DeviceId": "123", "SensorReadings": {"Temperature": 80, "Humidity": 70, "CustomSensor": [1, 1, 0]}},
    {"DeviceId": "631", "SensorReadings": {"Temperature": 81, "Humidity": 69, "CustomSensor": [0, 1, 0]}},
]
READINGS: Rows = [
    {"t": f"{DAY}:00:01Z", "sensorId": "a", "reading": 10},
    {"t": f"{DAY}:00:02Z", "sensorId": "b", "reading": 1},
    {"t": f"{DAY}:00:11Z", "sensorId": "a", "reading": 15},
    {"t": f"{DAY}:00:21Z", "sensorId": "a", "reading": None},
    {"t": f"{DAY}:00:31Z", "sensorId": "a", "reading": 60},
]
AVAILABILITY: Rows = [{"t": f"{DAY}:00:01Z", "serviceAvailability": each} for each in (0.98, 0.93, 0.78, 0.99, 0.89)]
CLICKS: Rows = [
    {"time": "2017-01-26T00:00:00.0000000z", "user_id": 0, "url": "a"},
    {"time": "2017-01-26T00:00:20.0000000z", "user_id": 0, "url": "b"},
    {"time": "2017-01-26T00:00:55.0000000z", "user_id": 1, "url": "c"},
    {"time": "2017-01-26T00:05:00.0000000z", "user_id": 0, "url": "d"},
]
LICENSES: Rows = [
    {"TollId": "1", "EntryTime": f"{DAY}:01:00Z", "Licenses": ["A1", "B2"], "Grid": [["x"], ["y", "z"]]},
    {"TollId": "2", "EntryTime": f"{DAY}:02:00Z", "Licenses": [], "Grid": []},
]
SUSPECT: Rows = [{"value": 3}, {"value": 9}]


def ends(minute: int, second: int = 0, hour: int = 12) -> str:
    return f"2014-09-10T{hour:02d}:{minute:02d}:{second:02d}.0000000Z"


EXAMPLES: list[tuple[str, str, dict[str, Rows], Rows]] = [
    ("select", "SELECT TollId, EntryTime AS VehicleEntryTime FROM input TIMESTAMP BY EntryTime WHERE Toll > 6", {"input": TOLLS},
     [{"TollId": 1, "VehicleEntryTime": f"{DAY}:01:00Z"}]),
    ("select", "SELECT TollId AS [Quantity to Date], Kind = Make FROM input WHERE Toll = 7", {"input": TOLLS},
     [{"Quantity to Date": 1, "Kind": "Honda"}]),
    ("select", 'SELECT ABS(input.x) AS "The ABS of x" FROM input', {"input": [{"x": -1}]}, [{"The ABS of x": 1}]),
    ("select", "SELECT DeviceId, SensorReadings.* FROM input WHERE DeviceId = '123'", {"input": SENSORS},
     [{"DeviceId": "123", "Temperature": 80, "Humidity": 70, "CustomSensor": [1, 1, 0]}]),
    ("select", "SELECT 'mine' AS value, * FROM input WHERE input.value = 3", {"input": SUSPECT}, [{"value": "mine"}]),
    ("from", "SELECT i.* FROM input AS i WHERE i.value > 5", {"input": SUSPECT}, [{"value": 9}]),
    ("where", "SELECT LicensePlate FROM input TIMESTAMP BY EntryTime WHERE (CAST(TollId AS bigint) BETWEEN 1 AND 2) "
     "AND LicensePlate LIKE '%NB%'", {"input": TOLLS}, [{"LicensePlate": "JNB 7001"}]),
    ("where", "SELECT Make FROM input WHERE State NOT IN ('NY', 'CT')", {"input": TOLLS}, [{"Make": "Toyota"}]),
    ("where", "SELECT 1 AS x FROM input WHERE none = 1", {"input": SUSPECT}, []),
    ("where", "SELECT value FROM input WHERE none != 1 OR NOT (none = 1)", {"input": SUSPECT}, SUSPECT),
    ("where", "SELECT value FROM input WHERE none IS NULL AND value !< 9", {"input": SUSPECT}, [{"value": 9}]),
    ("cast", "SELECT TollId FROM input TIMESTAMP BY EntryTime WHERE CAST(TollId AS bigint) > 2", {"input": TOLLS}, [{"TollId": 3}]),
    ("try-cast", "SELECT value FROM input WHERE TRY_CAST(value AS datetime) IS NOT NULL", {"input": [*SUSPECT, {"value": "2014-09-10"}]},
     [{"value": "2014-09-10"}]),
    ("with", "WITH Normal AS (SELECT * FROM input WHERE reading < 100 AND reading > 0), Averages AS (SELECT sensorId, "
     "AVG(reading) AS average FROM Normal GROUP BY sensorId, TumblingWindow(minute, 1)), Bad AS (SELECT * FROM Averages WHERE "
     "average < 10) SELECT * INTO output FROM Bad", {"input": READINGS}, [{"sensorId": "b", "average": 1.0}]),
    ("union", "SELECT TollId, EntryTime AS Time FROM Input1 TIMESTAMP BY EntryTime UNION SELECT TollId, ExitTime AS Time FROM "
     "Input2 TIMESTAMP BY ExitTime", {"Input1": [{"TollId": 1, "EntryTime": "2014-09-10"}], "Input2": [{"TollId": 1, "ExitTime": "2014-09-10"}]},
     [{"TollId": 1, "Time": "2014-09-10"}, {"TollId": 1, "Time": "2014-09-10"}]),
    ("into", "WITH Step1 AS (SELECT * FROM input PARTITION BY value INTO 10) SELECT * INTO [output] FROM Step1 PARTITION BY value",
     {"input": SUSPECT}, SUSPECT),
    ("group-by", "SELECT TollId, System.Timestamp() AS WinEndTime, COUNT(*) FROM input TIMESTAMP BY EntryTime GROUP BY "
     "TumblingWindow(minute, 3), TollId", {"input": TOLLS},
     [{"TollId": 1, "WinEndTime": ends(3), "COUNT": 3}, {"TollId": 3, "WinEndTime": ends(3), "COUNT": 1},
      {"TollId": 2, "WinEndTime": ends(3), "COUNT": 1}, {"TollId": 2, "WinEndTime": ends(6), "COUNT": 1}]),
    ("having", "SELECT TollId, COUNT(*) AS n FROM input TIMESTAMP BY EntryTime GROUP BY TumblingWindow(minute, 3), TollId HAVING "
     "COUNT(*) > 2", {"input": TOLLS}, [{"TollId": 1, "n": 3}]),
    ("having", "SELECT value FROM input HAVING value > 5", {"input": SUSPECT}, [{"value": 9}]),
    ("Common query patterns: multiple outputs", "SELECT make, System.Timestamp() AS at, COUNT(*) AS [Count] INTO output FROM input "
     "TIMESTAMP BY t GROUP BY make, TumblingWindow(second, 10) HAVING [Count] >= 3",
     {"input": [{"make": make, "t": f"2023-01-01T00:00:0{at}Z"} for make, at in (("a", 1), ("a", 2), ("b", 1), ("b", 2), ("b", 3))]},
     [{"make": "b", "at": "2023-01-01T00:00:10.0000000Z", "Count": 3}]),
    ("tumbling-window", "SELECT System.Timestamp() AS WindowEnd, COUNT(*) AS n FROM input TIMESTAMP BY t GROUP BY "
     "TumblingWindow(Duration(hour, 1), Offset(millisecond, -1))", {"input": [{"t": "2014-09-10T12:00:00Z"}, {"t": "2014-09-10T13:00:00Z"}]},
     [{"WindowEnd": "2014-09-10T12:59:59.9990000Z", "n": 1}, {"WindowEnd": "2014-09-10T13:59:59.9990000Z", "n": 1}]),
    ("tumbling-window", "SELECT 'reset' AS command FROM input TIMESTAMP BY t GROUP BY TumblingWindow(second, 15) HAVING "
     "Avg(machine.temperature) > 25", {"input": [{"t": f"{DAY}:00:01Z", "machine": {"temperature": 30}}, {"t": f"{DAY}:01:01Z",
     "machine": {"temperature": 20}}]}, [{"command": "reset"}]),
    ("hopping-window", "SELECT System.Timestamp() AS w, COUNT(*) AS n FROM input TIMESTAMP BY t GROUP BY HoppingWindow(Duration("
     "second, 10), Hop(second, 5))", {"input": [{"t": f"{DAY}:00:01Z"}, {"t": f"{DAY}:00:05Z"}, {"t": f"{DAY}:00:06Z"}]},
     [{"w": ends(0, 5), "n": 2}, {"w": ends(0, 10), "n": 3}, {"w": ends(0, 15), "n": 1}]),
    ("sliding-window", "SELECT DateAdd(minute, -5, System.Timestamp()) AS s, System.Timestamp() AS e, TollId, COUNT(*) AS n FROM input "
     "TIMESTAMP BY EntryTime GROUP BY TollId, SlidingWindow(minute, 5) HAVING COUNT(*) > 2", {"input": TOLLS},
     [{"s": "2014-09-10T11:58:00.0000000Z", "e": ends(3), "TollId": 1, "n": 3}]),
    ("session-window", "CREATE TABLE input(time DATETIME, user_id BIGINT, url NVARCHAR(MAX)) SELECT user_id, MIN(time) AS window_start, "
     "System.Timestamp() AS window_end, DATEDIFF(s, MIN(time), System.Timestamp()) AS duration_in_seconds FROM input TIMESTAMP BY time "
     "GROUP BY user_id, SessionWindow(minute, 2, 60) OVER (PARTITION BY user_id)", {"input": CLICKS},
     [{"user_id": 0, "window_start": "2017-01-26T00:00:00.0000000Z", "window_end": "2017-01-26T00:02:20.0000000Z", "duration_in_seconds": 140},
      {"user_id": 1, "window_start": "2017-01-26T00:00:55.0000000Z", "window_end": "2017-01-26T00:02:55.0000000Z", "duration_in_seconds": 120},
      {"user_id": 0, "window_start": "2017-01-26T00:05:00.0000000Z", "window_end": "2017-01-26T00:07:00.0000000Z", "duration_in_seconds": 120}]),
    ("snapshot-window", "SELECT State, COUNT(*) FROM input TIMESTAMP BY EntryTime GROUP BY State, System.Timestamp()", {"input": TOLLS[1:4]},
     [{"State": "NY", "COUNT": 1}, {"State": "CT", "COUNT": 1}, {"State": "CT", "COUNT": 1}]),
    ("snapshot-window", "WITH PerInterval AS (SELECT State, Make, COUNT(*) FROM input TIMESTAMP BY EntryTime GROUP BY State, Make, "
     "TumblingWindow(minute, 30)) SELECT State, Makes = COUNT(*), Total = SUM(count) FROM PerInterval GROUP BY State, System.Timestamp()",
     {"input": TOLLS}, [{"State": "NY", "Makes": 2, "Total": 3}, {"State": "CT", "Makes": 2, "Total": 2}, {"State": "NJ", "Makes": 1, "Total": 1}]),
    ("snapshot-window", "SELECT Make, COUNT(*) AS n FROM input TIMESTAMP BY EntryTime WHERE TollId = 1 GROUP BY Make, Windows(TumblingWindow("
     "minute, 10), System.Timestamp())", {"input": TOLLS[:2]}, [{"Make": "Honda", "n": 1}, {"Make": "Toyota", "n": 1}, {"Make": "Honda", "n": 1}, {"Make": "Toyota", "n": 1}]),
    ("windows", "SELECT System.Window().Id, COUNT(*) FROM input TIMESTAMP BY EntryTime GROUP BY Windows(Window('3 min', TumblingWindow("
     "minute, 3)), Window('6 min', HoppingWindow(minute, 6, 6)))", {"input": TOLLS},
     [{"Id": "3 min", "COUNT": 5}, {"Id": "3 min", "COUNT": 1}, {"Id": "6 min", "COUNT": 6}]),
    ("windows", "SELECT System.Window().Id AS i, COUNT(*) AS n FROM input TIMESTAMP BY EntryTime GROUP BY Tumbling(minute, 10)", {"input": TOLLS},
     [{"i": None, "n": 6}]),
    ("join", "SELECT I1.TollId, DATEDIFF(minute, I1.EntryTime, I2.ExitTime) AS DurationInMinutes FROM Input1 I1 TIMESTAMP BY EntryTime JOIN "
     "Input2 I2 TIMESTAMP BY ExitTime ON I1.TollId = I2.TollId AND I1.LicensePlate = I2.LicensePlate AND DATEDIFF(minute, I1, I2) BETWEEN 0 AND 15",
     {"Input1": TOLLS, "Input2": [{"TollId": 1, "ExitTime": f"{DAY}:09:00Z", "LicensePlate": "JNB 7001"}, {"TollId": 3, "ExitTime": f"{DAY}:59:00Z", "LicensePlate": "ABC 1004"}]},
     [{"TollId": 1, "DurationInMinutes": 8}]),
    ("join", "SELECT I1.LicensePlate, System.Timestamp() AS w FROM Input1 I1 TIMESTAMP BY EntryTime LEFT OUTER JOIN Input2 I2 TIMESTAMP BY ExitTime "
     "ON I1.TollId = I2.TollId AND I1.LicensePlate = I2.LicensePlate AND DATEDIFF(minute, I1, I2) BETWEEN 0 AND 15 WHERE I2.TollId IS NULL",
     {"Input1": TOLLS[:2], "Input2": [{"TollId": 1, "ExitTime": f"{DAY}:09:00Z", "LicensePlate": "JNB 7001"}]}, [{"LicensePlate": "YXZ 1001", "w": ends(17)}]),
    ("join", "SELECT TS.Id, E.Code FROM TStart TS TIMESTAMP BY T JOIN TEnd TE TIMESTAMP BY T ON DATEDIFF(second, TS, TE) BETWEEN 0 AND 5 AND "
     "TS.Id = TE.Id JOIN Error E TIMESTAMP BY T ON DATEDIFF(second, TS, E) BETWEEN 0 AND 5 AND DATEDIFF(second, TE, E) < 0 AND E.TId = TS.Id",
     {"TStart": [{"Id": 1, "T": f"{DAY}:00:00Z"}], "TEnd": [{"Id": 1, "T": f"{DAY}:00:04Z"}],
      "Error": [{"TId": 1, "Code": "in", "T": f"{DAY}:00:02Z"}, {"TId": 1, "Code": "out", "T": f"{DAY}:00:05Z"}]}, [{"Id": 1, "Code": "in"}]),
    ("lag", "SELECT sensorId, growth = reading - LAG(reading) OVER (PARTITION BY sensorId LIMIT DURATION(hour, 1)) FROM input TIMESTAMP BY t WHERE reading = 15",
     {"input": READINGS}, [{"sensorId": "a", "growth": 5}]),
    ("lag", "SELECT LAG(reading) OVER (PARTITION BY sensorId LIMIT DURATION(hour, 1) WHEN reading IS NOT NULL) AS p FROM input TIMESTAMP BY t WHERE reading = 60",
     {"input": READINGS}, [{"p": 15}]),
    ("lag", "SELECT LAG(reading, 2, 'none such') OVER (LIMIT DURATION(minute, 2)) AS p FROM input TIMESTAMP BY t", {"input": READINGS},
     [{"p": "none such"}, {"p": "none such"}, {"p": 10}, {"p": 1}, {"p": 15}]),
    ("lag", "SELECT sensorId FROM input TIMESTAMP BY t WHERE reading > 12 AND LAG(reading) OVER (PARTITION BY sensorId LIMIT DURATION(hour, 1)) <= 12",
     {"input": READINGS}, [{"sensorId": "a"}]),
    ("lag", "SELECT LAG(*) OVER (LIMIT DURATION(hour, 1)) AS p FROM input TIMESTAMP BY t WHERE reading = 1", {"input": READINGS}, [{"p": READINGS[0]}]),
    ("last", "SELECT LAST(reading) OVER (PARTITION BY sensorId LIMIT DURATION(hour, 1) WHEN reading IS NOT NULL) AS l FROM input TIMESTAMP BY t "
     "WHERE sensorId = 'a'", {"input": READINGS}, [{"l": 10}, {"l": 15}, {"l": 15}, {"l": 60}]),
    ("last", "SELECT LAST(System.Timestamp()) OVER (PARTITION BY sensorId LIMIT DURATION(hour, 1) WHEN reading > 50) AS l FROM input TIMESTAMP BY t "
     "WHERE reading = 60", {"input": READINGS}, [{"l": ends(0, 31)}]),
    ("isfirst", "SELECT reading, ISFIRST(second, 10) AS first FROM input TIMESTAMP BY t WHERE reading IS NOT NULL", {"input": READINGS},
     [{"reading": 10, "first": 1}, {"reading": 1, "first": 0}, {"reading": 15, "first": 1}, {"reading": 60, "first": 1}]),
    ("isfirst", "SELECT ISFIRST(mi, 10) OVER (PARTITION BY sensorId WHEN reading > 12) AS f FROM input TIMESTAMP BY t WHERE sensorId = 'a'",
     {"input": READINGS}, [{"f": 0}, {"f": 1}, {"f": 0}, {"f": 0}]),
    ("over", "SELECT AVG(reading) OVER (PARTITION BY sensorId LIMIT DURATION (minute, 5)) AS a FROM input TIMESTAMP BY t WHERE sensorId = 'a'",
     {"input": READINGS}, [{"a": 10.0}, {"a": 12.5}, {"a": 12.5}, {"a": 85 / 3}]),
    ("over", "SELECT 1 AS alert FROM input TIMESTAMP BY t WHERE MAX(reading) OVER (PARTITION BY sensorId LIMIT DURATION (hour, 1)) = 1",
     {"input": READINGS}, [{"alert": 1}]),
    ("count", "SELECT COUNT(DISTINCT State) AS d, COUNT(State) AS s, COUNT(input) AS i FROM input TIMESTAMP BY EntryTime GROUP BY Tumbling(hour, 1)",
     {"input": TOLLS}, [{"d": 3, "s": 6, "i": 6}]),
    ("max", "SELECT MAX(Toll) AS MaxFare, MIN(CAST(Make AS nvarchar(max))) AS First, SUM(Toll) AS Total FROM input TIMESTAMP BY EntryTime GROUP BY "
     "TumblingWindow(hour, 1)", {"input": TOLLS}, [{"MaxFare": 7, "First": "Ford", "Total": 31}]),
    ("collect", "SELECT Collect(value + 1) AS v FROM input GROUP BY Tumbling(second, 10)", {"input": SUSPECT}, [{"v": [4]}, {"v": [10]}]),
    ("collecttop", "SELECT CollectTop(2, Toll) OVER (ORDER BY Toll DESC) AS top FROM input TIMESTAMP BY EntryTime GROUP BY Tumbling(hour, 1)",
     {"input": TOLLS}, [{"top": [{"rank": 1, "value": 7}, {"rank": 2, "value": 6}]}]),
    ("topone", "SELECT TopOne() OVER (ORDER BY Toll DESC) AS topEvent FROM input TIMESTAMP BY EntryTime GROUP BY Tumbling(hour, 1)", {"input": TOLLS},
     [{"topEvent": TOLLS[0]}]),
    ("percentile-cont", "SELECT ROUND(PERCENTILE_CONT(0.95) OVER (ORDER BY serviceAvailability), 3) AS p FROM input TIMESTAMP BY t GROUP BY "
     "TumblingWindow(hour, 1)", {"input": AVAILABILITY}, [{"p": 0.988}]),
    ("percentile-disc", "SELECT PERCENTILE_DISC(0.95) OVER (ORDER BY serviceAvailability) AS p FROM input TIMESTAMP BY t GROUP BY TumblingWindow(hour, 1)",
     {"input": AVAILABILITY}, [{"p": 0.99}]),
    ("getarrayelement", "SELECT i.DeviceId, i.SensorReadings.Temperature, GetArrayElement(i.SensorReadings.CustomSensor, 1) AS Second FROM input i",
     {"input": SENSORS}, [{"DeviceId": "123", "Temperature": 80, "Second": 1}, {"DeviceId": "631", "Temperature": 81, "Second": 1}]),
    ("getarrayelement", "SELECT i.DeviceId, SUM(v.ArrayValue) AS Total FROM input AS i CROSS APPLY GetArrayElements(i.SensorReadings.CustomSensor) AS v "
     "GROUP BY i.DeviceId, TumblingWindow(minute, 1)", {"input": SENSORS}, [{"DeviceId": "123", "Total": 2}, {"DeviceId": "631", "Total": 1}]),
    ("apply", "CREATE TABLE input(TollId nvarchar(max), EntryTime datetime, Licenses array) SELECT e.TollId, flat.ArrayValue AS licensePlate FROM input "
     "AS e CROSS APPLY GetArrayElements(e.Licenses) AS flat", {"input": LICENSES}, [{"TollId": "1", "licensePlate": "A1"}, {"TollId": "1", "licensePlate": "B2"}]),
    ("apply", "SELECT e.TollId, flat.ArrayValue AS p, flat.ArrayIndex AS i FROM input AS e OUTER APPLY GetArrayElements(e.Licenses) AS flat",
     {"input": LICENSES}, [{"TollId": "1", "p": "A1", "i": 0}, {"TollId": "1", "p": "B2", "i": 1}, {"TollId": "2", "p": None, "i": None}]),
    ("apply", "WITH firstQuery AS (SELECT flat.ArrayIndex AS i1, flat.ArrayValue AS row FROM input CROSS APPLY GetArrayElements(input.Grid) AS flat) "
     "SELECT firstQuery.i1, flat2.ArrayIndex AS i2, flat2.ArrayValue AS v FROM firstQuery CROSS APPLY GetArrayElements(firstQuery.row) AS flat2",
     {"input": LICENSES}, [{"i1": 0, "i2": 0, "v": "x"}, {"i1": 1, "i2": 0, "v": "y"}, {"i1": 1, "i2": 1, "v": "z"}]),
    ("getrecordproperties", "SELECT p.PropertyName, p.PropertyValue FROM input AS event CROSS APPLY GetRecordProperties(event.SensorReadings) AS p "
     "WHERE event.DeviceId = '631'", {"input": SENSORS},
     [{"PropertyName": "Temperature", "PropertyValue": 81}, {"PropertyName": "Humidity", "PropertyValue": 69}, {"PropertyName": "CustomSensor", "PropertyValue": [0, 1, 0]}]),
    ("create-table", "CREATE TABLE input (TollId bigint, Toll float); SELECT TollId, SUM(Toll) AS Total, System.Timestamp AS w FROM input GROUP BY TollId, "
     "Tumbling(day, 1)", {"input": [{"TollId": 1, "Toll": 4.5}, {"TollId": "one", "Toll": 1}, {"TollId": 1, "Toll": "x"}]},
     [{"TollId": 1, "Total": 4.5, "w": "2030-01-01T00:00:00.0000000Z"}]),
    ("timestamp-by", "SELECT System.Timestamp() AS t FROM input TIMESTAMP BY DATEADD(millisecond, epochtime, '1970-01-01T00:00:00Z')",
     {"input": [{"epochtime": 1410350460000}]}, [{"t": ends(1)}]),
    ("timestamp-by", "SELECT System.Timestamp() AS t FROM input TIMESTAMP BY (CASE eventType WHEN 'A' THEN timestampA WHEN 'B' THEN timestampB ELSE NULL END)",
     {"input": [{"eventType": "A", "timestampA": f"{DAY}:01:00Z"}, {"eventType": "B", "timestampB": f"{DAY}:02:00Z"}, {"eventType": "C"}]},
     [{"t": ends(1)}, {"t": ends(2)}]),
    ("timestamp-by", "SELECT TollId, COUNT(*) AS Count FROM input TIMESTAMP BY EntryTime OVER TollId PARTITION BY TollId GROUP BY TUMBLINGWINDOW(minute, 3), TollId",
     {"input": TOLLS}, [{"TollId": 1, "Count": 3}, {"TollId": 3, "Count": 1}, {"TollId": 2, "Count": 1}, {"TollId": 2, "Count": 1}]),
    ("system-timestamp", "SELECT System.Timestamp() AS t FROM Input1 TIMESTAMP BY t JOIN Input2 TIMESTAMP BY t ON DATEDIFF(minute, Input1, Input2) BETWEEN 0 AND 10",
     {"Input1": [{"t": f"{DAY}:00:00Z"}], "Input2": [{"t": f"{DAY}:07:00Z"}]}, [{"t": ends(7)}]),
    ("json-parse", "WITH p AS (SELECT JSON_PARSE(row.current) AS c FROM input) SELECT c.SalesOrderID, c.ProductName FROM p",
     {"input": [{"row": {"current": '{"SalesOrderID":"65191","ProductName":"Touring-2000 Blue, 54"}'}}]},
     [{"SalesOrderID": "65191", "ProductName": "Touring-2000 Blue, 54"}]),
    ("nullif", "SELECT sensorId, NULLIF(LAG(reading) OVER (PARTITION BY sensorId LIMIT DURATION(hour, 1)), reading) AS changed FROM input TIMESTAMP BY t "
     "WHERE reading = 15", {"input": READINGS}, [{"sensorId": "a", "changed": 10}]),
]  # fmt: skip


def canonical(rows: Rows) -> list[str]:
    return sorted(repr(row) for row in rows)


@pytest.mark.parametrize(
    ("page", "query", "inputs", "expected"), EXAMPLES, ids=[f"{page}-{at}" for at, (page, *_) in enumerate(EXAMPLES)]
)
def test_a_documented_query_gives_the_documented_rows(
    play: Callable[..., dict[str, Rows]], page: str, query: str, inputs: dict[str, Rows], expected: Rows
) -> None:
    (found,) = play(query, **inputs).values()
    assert canonical(found) == canonical(expected)
