import com.microsoft.sqlserver.jdbc.SQLServerBulkCopy;
import java.sql.*;
import java.time.OffsetDateTime;
import java.util.*;
import javax.sql.rowset.*;

/** The cases of mssql-jdbc: each prints one line of JSON, {"case", "failure": null or why}. */
public class Cases {
  interface Case {
    void run(Connection connection) throws Exception;
  }

  static Connection connect(String encrypt) throws SQLException {
    return DriverManager.getConnection(String.format(
        "jdbc:sqlserver://127.0.0.1:%s;database=warehouse;encrypt=%s;trustServerCertificate=true;user=%s;password=%s",
        System.getenv("PORT"), encrypt, System.getenv("SQL_USER"), System.getenv("SQL_PASSWORD")));
  }

  static void equal(Object wanted, Object found) {
    if (!Objects.equals(wanted, found)) throw new AssertionError("wanted " + wanted + ", found " + found);
  }

  /** The text of each row's columns, by name. */
  static List<String> rows(ResultSet found, String... names) throws SQLException {
    List<String> rows = new ArrayList<>();
    while (found.next()) {
      List<String> values = new ArrayList<>();
      for (String name : names) values.add(found.getString(name));
      rows.add(String.join(" ", values));
    }
    return rows;
  }

  static void catalogue(Connection c) throws Exception {
    c.createStatement().execute("CREATE TABLE dbo.jdbc (id int NOT NULL, name nvarchar(20) NULL, "
        + "CONSTRAINT pk_jdbc PRIMARY KEY NONCLUSTERED (id) NOT ENFORCED) WITH (HEAP)");
    DatabaseMetaData about = c.getMetaData();
    equal(List.of("dbo jdbc TABLE"), rows(about.getTables(null, "dbo", "jdbc", null), "TABLE_SCHEM", "TABLE_NAME", "TABLE_TYPE"));
    equal(List.of("id 4 int", "name -9 nvarchar"),
        rows(about.getColumns(null, "dbo", "jdbc", "%"), "COLUMN_NAME", "DATA_TYPE", "TYPE_NAME"));
    equal(List.of("id pk_jdbc"), rows(about.getPrimaryKeys(null, "dbo", "jdbc"), "COLUMN_NAME", "PK_NAME"));
    equal(List.of(), rows(about.getImportedKeys(null, "dbo", "jdbc"), "FKTABLE_NAME"));
    equal(List.of("id"), rows(about.getBestRowIdentifier(null, "dbo", "jdbc", 0, true), "COLUMN_NAME"));
    equal(true, rows(about.getTypeInfo(), "TYPE_NAME").contains("datetimeoffset"));
    c.createStatement().execute("CREATE PROCEDURE dbo.jdbc_doubled @a int, @b int OUTPUT AS SET @b = @a * 2");
    equal(List.of("dbo jdbc_doubled;1"), rows(about.getProcedures(null, "dbo", "jdbc_doubled"), "PROCEDURE_SCHEM", "PROCEDURE_NAME"));
    equal(List.of("@RETURN_VALUE 5 int", "@a 1 int", "@b 2 int"),
        rows(about.getProcedureColumns(null, "dbo", "jdbc_doubled", "%"), "COLUMN_NAME", "COLUMN_TYPE", "TYPE_NAME"));
  }

  static void timeout(Connection c) throws Exception {
    Statement slow = c.createStatement();
    slow.setQueryTimeout(1);
    try {
      slow.executeQuery(System.getenv("SLOW"));
      throw new AssertionError("it did not time out");
    } catch (SQLTimeoutException expected) {
      equal(List.of("5"), rows(c.createStatement().executeQuery("SELECT 5 AS x"), "x"));
    }
  }

  static void parameters(Connection c) throws Exception {
    PreparedStatement statement = c.prepareStatement("SELECT ? AS x");
    statement.setTimestamp(1, Timestamp.valueOf("2024-01-02 03:04:05.1234567"));
    equal(List.of("2024-01-02 03:04:05.1234570"), rows(statement.executeQuery(), "x"));  // kept to the microsecond
    statement = c.prepareStatement("SELECT ? AS x");
    statement.setObject(1, OffsetDateTime.parse("2024-01-02T03:04:05.123+02:00"));
    equal(List.of("2024-01-02 03:04:05.1230000 +02:00"), rows(statement.executeQuery(), "x"));
  }

  static void bulkLoad(Connection c) throws Exception {
    c.createStatement().execute("CREATE TABLE dbo.loaded (id int NOT NULL, name nvarchar(20) NULL) WITH (HEAP)");
    CachedRowSet given = RowSetProvider.newFactory().createCachedRowSet();
    given.populate(c.createStatement().executeQuery("SELECT 1 AS id, N'é' AS name UNION ALL SELECT 2, NULL"));
    try (SQLServerBulkCopy load = new SQLServerBulkCopy(c)) {
      load.setDestinationTableName("dbo.loaded");
      load.writeToServer(given);
    }
    equal(List.of("1 é", "2 null"), rows(c.createStatement().executeQuery("SELECT * FROM dbo.loaded ORDER BY id"), "id", "name"));
  }

  static void procedureGivesOutput(Connection c) throws Exception {
    c.createStatement().execute("CREATE PROCEDURE dbo.jdbc_tripled @a int, @b int OUTPUT AS BEGIN SET @b = @a * 3 SELECT @a AS a END");
    CallableStatement call = c.prepareCall("{call dbo.jdbc_tripled(?, ?)}");
    call.setInt("a", 4);  // by name: the driver asks for the procedure's columns
    call.registerOutParameter("b", Types.INTEGER);
    equal(List.of("4"), rows(call.executeQuery(), "a"));
    equal(12, call.getInt("b"));
    CallableStatement status = c.prepareCall("{? = call dbo.jdbc_tripled(?, ?)}");
    status.registerOutParameter(1, Types.INTEGER);
    status.setInt(2, 5);
    status.registerOutParameter(3, Types.INTEGER);
    equal(List.of("5"), rows(status.executeQuery(), "a"));
    equal(List.of(0, 15), List.of(status.getInt(1), status.getInt(3)));
  }

  static void escapes(Connection c) throws Exception {
    String text = "SELECT {fn UCASE('a')} AS a, {d '2024-01-02'} AS d, {ts '2024-01-02 03:04:05.678'} AS t, "
        + "{fn TIMESTAMPADD(SQL_TSI_DAY, 1, {d '2024-01-02'})} AS n WHERE 'a%' LIKE 'a!%' {escape '!'}";
    equal(List.of("A 2024-01-02 2024-01-02 03:04:05.677 2024-01-03"),  // a datetime counts in 300ths of a second
        rows(c.createStatement().executeQuery(text), "a", "d", "t", "n").stream().map(s -> s.replace(" 00:00:00.0", "")).toList());
  }

  static void batches(Connection c) throws Exception {
    c.createStatement().execute("CREATE TABLE dbo.batched (id int NOT NULL, name nvarchar(20) NULL) WITH (HEAP)");
    try (PreparedStatement insert = c.prepareStatement("INSERT INTO dbo.batched VALUES (?, ?)")) {
      for (int i = 1; i <= 3; i++) {
        insert.setInt(1, i);
        insert.setNString(2, i == 2 ? null : "é" + i);
        insert.addBatch();
      }
      equal(List.of(1, 1, 1), Arrays.stream(insert.executeBatch()).boxed().toList());
    }
    equal(List.of("1 é1", "2 null", "3 é3"), rows(c.createStatement().executeQuery("SELECT * FROM dbo.batched ORDER BY id"), "id", "name"));
  }

  static void encryptedOrNot(Connection c) throws Exception {
    for (String encrypt : List.of("true", "false")) connect(encrypt).close();
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, Case> cases = new LinkedHashMap<>();
    cases.put("encrypted_or_not", Cases::encryptedOrNot);
    cases.put("catalogue", Cases::catalogue);
    cases.put("timeout_ends_a_query", Cases::timeout);
    cases.put("parameters_of_every_type", Cases::parameters);
    cases.put("bulk_load", Cases::bulkLoad);
    cases.put("procedure_gives_output", Cases::procedureGivesOutput);
    cases.put("escapes_are_read", Cases::escapes);
    cases.put("batches_of_parameters", Cases::batches);
    for (Map.Entry<String, Case> each : cases.entrySet()) {
      String failure = "null";
      try (Connection c = connect("false")) {
        each.getValue().run(c);
      } catch (Throwable error) {
        failure = "\"" + error.toString().replace("\\", "").replace("\"", "'").replace("\n", " ") + "\"";
      }
      System.out.println("{\"case\": \"" + each.getKey() + "\", \"failure\": " + failure + "}");
    }
  }
}
