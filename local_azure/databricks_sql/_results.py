"""Results on their way to the client: Spark's types as Thrift's and Arrow's, rows as Arrow batches.

Batches pass through as the JVM wrote them; at no time are all rows of a result in this process.
Types: TCLIService.thrift (TTypeId) and
https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-datatypes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, cast

import pyarrow as pa
from pyspark.serializers import NoOpSerializer
from pyspark.sql import DataFrame, Row
from pyspark.sql import types as spark_types
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType
from pyspark.util import _local_iterator_from_socket

from local_azure.databricks_sql._catalog import SPARK_CATALOG, name_out
from local_azure.databricks_sql._thrift import ttypes

Batch = tuple[bytes, int]  # an Arrow record batch in IPC form, and its number of rows

_TYPE_IDS: dict[str, int] = {
    "boolean": ttypes.TTypeId.BOOLEAN_TYPE,
    "byte": ttypes.TTypeId.TINYINT_TYPE,
    "short": ttypes.TTypeId.SMALLINT_TYPE,
    "integer": ttypes.TTypeId.INT_TYPE,
    "long": ttypes.TTypeId.BIGINT_TYPE,
    "float": ttypes.TTypeId.FLOAT_TYPE,
    "double": ttypes.TTypeId.DOUBLE_TYPE,
    "decimal": ttypes.TTypeId.DECIMAL_TYPE,
    "string": ttypes.TTypeId.STRING_TYPE,
    "varchar": ttypes.TTypeId.STRING_TYPE,
    "char": ttypes.TTypeId.STRING_TYPE,
    "variant": ttypes.TTypeId.STRING_TYPE,
    "binary": ttypes.TTypeId.BINARY_TYPE,
    "date": ttypes.TTypeId.DATE_TYPE,
    "timestamp": ttypes.TTypeId.TIMESTAMP_TYPE,
    "timestamp_ntz": ttypes.TTypeId.TIMESTAMP_TYPE,
    "void": ttypes.TTypeId.NULL_TYPE,
    "array": ttypes.TTypeId.ARRAY_TYPE,
    "map": ttypes.TTypeId.MAP_TYPE,
    "struct": ttypes.TTypeId.STRUCT_TYPE,
}
_COMPLEX = (spark_types.ArrayType, spark_types.MapType, spark_types.StructType)
# Intervals as Hive writes them and Databricks sends them: databricks-sql-nodejs, tests/e2e/data_types.test.ts.
_DAYS = (
    "transform(array(cast({0} AS INTERVAL DAY TO SECOND)), i -> CASE WHEN i IS NOT NULL THEN "
    "format_string('%s%d %02d:%02d:%012.9f', if(i < interval '0' second, '-', ''), extract(day FROM abs(i)), "
    "extract(hour FROM abs(i)), extract(minute FROM abs(i)), cast(extract(second FROM abs(i)) AS DOUBLE)) END)[0]"
)
_MONTHS = (
    "transform(array(cast({0} AS INTERVAL YEAR TO MONTH)), i -> CASE WHEN i IS NOT NULL THEN "
    "format_string('%s%d-%d', if(i < interval '0' month, '-', ''), extract(year FROM abs(i)), "
    "extract(month FROM abs(i))) END)[0]"
)


@dataclass(frozen=True)
class Wanted:
    """Which types the client reads from Arrow as they are; the others go out as strings."""

    complex_types: bool = True
    decimals: bool = True
    timestamps: bool = True

    @classmethod
    def of(cls, request: Any) -> Wanted:
        """From a TExecuteStatementReq's useArrowNativeTypes."""
        asked = request.useArrowNativeTypes
        if request.canReadArrowResult is False:
            return cls(complex_types=False, decimals=False, timestamps=False)
        if asked is None:
            return cls()
        return cls(bool(asked.complexTypesAsArrow), bool(asked.decimalAsArrow), bool(asked.timestampAsArrow))


class Result(Protocol):
    """Columns and, once, their rows."""

    schema: StructType  # as the statement returns it
    arrow: pa.Schema  # as it is sent
    modified: int | None  # rows a DML statement changed

    def batches(self) -> Iterator[Batch]:
        """The rows, in order; to be read once."""
        ...


class SparkResult:
    """A query: evaluated while it is read, one partition ahead of the reader at most."""

    modified: int | None = None

    def __init__(self, frame: DataFrame, wanted: Wanted) -> None:
        if any(SPARK_CATALOG in column for column in frame.columns):
            frame = frame.toDF(*map(name_out, frame.columns))
        self.schema = frame.schema
        self._frame = _for_wire(frame, wanted)
        self.arrow = _in_zone(_arrow_schema(self.schema, self._frame.schema), frame)

    def batches(self) -> Iterator[Batch]:
        context: Any = self._frame.sparkSession.sparkContext
        served = context._jvm.PythonRDD.toLocalIteratorAndServe(self._frame._jdf.toArrowBatchRdd(), True)
        for data in _local_iterator_from_socket(served, NoOpSerializer()):
            batch = pa.ipc.read_record_batch(pa.py_buffer(data), self.arrow)
            if batch.num_rows:
                yield bytes(data), batch.num_rows


class LocalResult:
    """Rows that are here already: what a command or a rule answered."""

    def __init__(self, schema: StructType, rows: Sequence[Sequence[Any]]) -> None:
        self.schema = schema
        self.arrow = _arrow_schema(schema, schema)
        self._rows = rows
        counts = bool(rows) and schema.names[:1] == ["num_affected_rows"]
        self.modified = int(rows[0][0]) if counts else None

    def batches(self) -> Iterator[Batch]:
        if self._rows:
            columns = [
                pa.array([_plain(row[index]) for row in self._rows], field.type)
                for index, field in enumerate(self.arrow)
            ]
            batch = pa.RecordBatch.from_arrays(columns, schema=self.arrow)
            yield batch.serialize().to_pybytes(), batch.num_rows


class Kept:
    """A result whose rows are read at once, since what comes after it may change what they are read from."""

    def __init__(self, result: Result) -> None:
        self.schema, self.arrow, self.modified = result.schema, result.arrow, result.modified
        self._batches = list(result.batches())

    def batches(self) -> Iterator[Batch]:
        return iter(self._batches)


def table(columns: str, rows: Sequence[Sequence[Any]]) -> LocalResult:
    """A LocalResult from column definitions in DDL, such as "catalog string"."""
    return LocalResult(cast(StructType, spark_types.StructType.fromDDL(columns)), rows)


def nothing() -> LocalResult:
    """What a statement without result returns."""
    return LocalResult(StructType([]), [])


def collected(frame: DataFrame) -> LocalResult:
    """A command's rows, already computed by Spark, with the client's catalog in every string."""
    rows = [[name_out(value) if isinstance(value, str) else value for value in row] for row in frame.collect()]
    return LocalResult(frame.schema, rows)


def _plain(value: Any) -> Any:
    if isinstance(value, Row):
        return {key: _plain(item) for key, item in value.asDict().items()}
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.astimezone(UTC)  # Spark's Python side gives local time without saying so
    return value


def _for_wire(frame: DataFrame, wanted: Wanted) -> DataFrame:
    casts = [_cast(field, wanted) for field in frame.schema]
    if not any(casts):
        return frame
    # Names may repeat in a result: number the columns while they are cast.
    numbered = frame.toDF(*(f"c{index}" for index in range(len(casts))))
    picked = [cast.format(f"c{index}") if cast else f"c{index}" for index, cast in enumerate(casts)]
    return numbered.selectExpr(*picked).toDF(*frame.columns)


def _cast(field: spark_types.StructField, wanted: Wanted) -> str:
    kind = field.dataType
    if isinstance(kind, spark_types.VariantType) or (isinstance(kind, _COMPLEX) and not _native(kind, wanted)):
        return "to_json({0})"
    if isinstance(kind, spark_types.DayTimeIntervalType | spark_types.YearMonthIntervalType):
        return _DAYS if isinstance(kind, spark_types.DayTimeIntervalType) else _MONTHS
    as_text = (
        isinstance(kind, spark_types.CalendarIntervalType)
        or (isinstance(kind, spark_types.DecimalType) and not wanted.decimals)
        or (isinstance(kind, spark_types.TimestampType | spark_types.TimestampNTZType) and not wanted.timestamps)
    )
    return "cast({0} as string)" if as_text else ""


def _native(kind: spark_types.DataType, wanted: Wanted) -> bool:
    """Arrow has no form for a variant, an interval or what has no type inside an array, map or struct."""
    text = kind.simpleString()
    return wanted.complex_types and not any(word in text for word in ("variant", "interval", "void"))


def _arrow_schema(declared: StructType, sent: StructType) -> pa.Schema:
    """Arrow fields carry Spark's type name, from which the connector knows a variant."""
    names = [kind.dataType.simpleString().upper() for kind in declared]
    fields = [
        field.with_metadata({"Spark:DataType:SqlName": name})
        for field, name in zip(to_arrow_schema(sent), names, strict=True)
    ]
    return pa.schema(fields)


def _in_zone(schema: pa.Schema, frame: DataFrame) -> pa.Schema:
    """Moments are shown in the session's time zone."""
    if not any(map(_is_moment, schema)):
        return schema
    moment = pa.timestamp("us", str(frame.sparkSession.conf.get("spark.sql.session.timeZone")))
    return pa.schema([field.with_type(moment) if _is_moment(field) else field for field in schema])


def _is_moment(field: pa.Field) -> bool:
    return pa.types.is_timestamp(field.type) and field.type.tz is not None


def type_text(field: spark_types.StructField) -> str:
    """A column's type as it was declared: Spark has a STRING for what is a CHAR or VARCHAR of some length."""
    return str(field.metadata.get("__CHAR_VARCHAR_TYPE_STRING") or field.dataType.simpleString())


def thrift_schema(schema: StructType) -> Any:
    """The TTableSchema of a result."""
    return ttypes.TTableSchema(
        columns=[
            ttypes.TColumnDesc(field.name, _thrift_type(field.dataType), position, _comment(field))
            for position, field in enumerate(schema, 1)
        ]
    )


def type_id(kind: spark_types.DataType) -> int:
    """The TTypeId of a Spark type; what has none (intervals) is a string."""
    return int(_TYPE_IDS.get(kind.typeName().partition("(")[0], ttypes.TTypeId.STRING_TYPE))


def _thrift_type(kind: spark_types.DataType) -> Any:
    qualifiers = None
    if isinstance(kind, spark_types.DecimalType):
        sizes = {"precision": kind.precision, "scale": kind.scale}
        values = {key: ttypes.TTypeQualifierValue(i32Value=size) for key, size in sizes.items()}
        qualifiers = ttypes.TTypeQualifiers(values)
    entry = ttypes.TPrimitiveTypeEntry(type_id(kind), qualifiers)
    return ttypes.TTypeDesc([ttypes.TTypeEntry(primitiveEntry=entry)])


def _comment(field: spark_types.StructField) -> str:
    return str(field.metadata.get("comment", ""))
