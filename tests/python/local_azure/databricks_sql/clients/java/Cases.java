import java.sql.*;
import java.util.*;

/** The cases of databricks-jdbc: each prints one line of JSON, {"case", "failure": null or why}. */
public class Cases {
  interface Case {
    void run(Connection connection) throws Exception;
  }

  static final String LONG = "select count(*) from range(100000000000) where id % 7 = sqrt(id)";

  static Connection connect() throws SQLException {
    return DriverManager.getConnection(String.format(
        "jdbc:databricks://127.0.0.1:%s/default;transportMode=http;ssl=0;AuthMech=3;httpPath=/sql/1.0/warehouses/abc;"
            + "UID=token;PWD=%s;EnableTelemetry=0;EnableArrow=0;UseThriftClient=1",
        System.getenv("PORT"), System.getenv("TOKEN")));
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

  static void values(Connection c) throws Exception {
    ResultSet found = c.createStatement().executeQuery("select 1 a, 1.50 b, 'x' c, date'2024-01-02' d, true e, cast(null as int) f");
    equal(true, found.next());
    equal(1, found.getInt("a"));
    equal(new java.math.BigDecimal("1.50"), found.getBigDecimal("b"));
    equal("x", found.getString("c"));
    equal("2024-01-02", found.getDate("d").toString());
    equal(true, found.getBoolean("e"));
    equal(null, found.getObject("f"));
  }

  static void parameters(Connection c) throws Exception {
    PreparedStatement statement = c.prepareStatement("select ? + 1 as x, ? as y, ? as z");
    statement.setInt(1, 1);
    statement.setString(2, "it's");
    statement.setNull(3, Types.VARCHAR);
    equal(List.of("2 it's null"), rows(statement.executeQuery(), "x", "y", "z"));
  }

  static void catalogue(Connection c) throws Exception {
    Statement s = c.createStatement();
    s.execute("create schema if not exists lakehouse.jdbc");
    s.execute("create or replace table lakehouse.jdbc.t (id int primary key, n decimal(9, 2))");
    DatabaseMetaData about = c.getMetaData();
    equal(List.of("lakehouse"), rows(about.getCatalogs(), "TABLE_CAT"));
    equal(List.of("jdbc"), rows(about.getSchemas("lakehouse", "jdbc"), "TABLE_SCHEM"));
    equal(List.of("jdbc t TABLE"), rows(about.getTables("lakehouse", "jdbc", "%", null), "TABLE_SCHEM", "TABLE_NAME", "TABLE_TYPE"));
    equal(List.of("id 4", "n 3"), rows(about.getColumns("lakehouse", "jdbc", "t", "%"), "COLUMN_NAME", "DATA_TYPE"));
    equal(List.of("id"), rows(about.getPrimaryKeys("lakehouse", "jdbc", "t"), "COLUMN_NAME"));
  }

  static void timeout(Connection c) throws Exception {
    Statement slow = c.createStatement();
    slow.setQueryTimeout(2);
    try {
      slow.executeQuery(LONG);
      throw new AssertionError("it did not time out");
    } catch (SQLException expected) {
      equal(List.of("5"), rows(c.createStatement().executeQuery("select 5 as x"), "x"));
    }
  }

  static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace("\t", " ").replace("\r", "") + '"';
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, Case> cases = new LinkedHashMap<>();
    cases.put("values_arrive_as_they_are", Cases::values);
    cases.put("parameters_are_bound", Cases::parameters);
    cases.put("the_catalogue_is_listed", Cases::catalogue);
    cases.put("a_time_out_ends_a_statement", Cases::timeout);
    for (Map.Entry<String, Case> each : cases.entrySet()) {
      String failure = "null";
      try (Connection connection = connect()) {
        each.getValue().run(connection);
      } catch (Throwable error) {
        failure = quoted(error.toString() + " " + Arrays.toString(Arrays.copyOf(error.getStackTrace(), Math.min(4, error.getStackTrace().length))));
      }
      System.out.println("{\"case\": " + quoted(each.getKey()) + ", \"failure\": " + failure + "}");
    }
    System.exit(0);
  }
}
