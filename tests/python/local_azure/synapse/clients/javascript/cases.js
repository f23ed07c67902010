// The cases of tedious: each prints one line of JSON, {"case", "failure": null or why}.
const assert = require("node:assert/strict");
const { Connection, Request, TYPES } = require("tedious");

const { PORT, SQL_USER, SQL_PASSWORD, SLOW } = process.env;

function connect(encrypt) {
  const connection = new Connection({
    server: "127.0.0.1",
    options: { port: Number(PORT), encrypt, trustServerCertificate: true, database: "warehouse", requestTimeout: 20000 },
    authentication: { type: "default", options: { userName: SQL_USER, password: SQL_PASSWORD } },
  });
  return new Promise((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve(connection)));
  });
}

/** The rows of a request; `more` may add parameters, a time-out, a cancel. */
function rows(connection, sql, more = () => {}) {
  return new Promise((resolve, reject) => {
    const found = [];
    const request = new Request(sql, (error) => (error ? reject(error) : resolve(found)));
    request.on("row", (columns) => found.push(columns.map((column) => column.value)));
    more(request);
    connection.execSql(request);
  });
}

const day = new Date(Date.UTC(2024, 1, 3, 4, 5, 6, 7));
const PARAMETERS = [
  ["Int", 5], ["BigInt", "7"], ["SmallInt", 3], ["TinyInt", 200], ["Bit", true], ["Float", 1.5], ["Real", 1.5],
  ["Decimal", 1.25, { precision: 10, scale: 2 }], ["Numeric", 1.25, { precision: 10, scale: 2 }], ["Money", 1.25],
  ["SmallMoney", 1.25], ["VarChar", "é"], ["NVarChar", "😀"], ["Char", "a"], ["NChar", "a"], ["Text", "abc"],
  ["NText", "abc"], ["Binary", Buffer.from("ab")], ["VarBinary", Buffer.from("ab")], ["Image", Buffer.from("ab")],
  ["Date", new Date(Date.UTC(2024, 1, 3))], ["DateTime", day], ["DateTime2", day, { scale: 7 }],
  ["SmallDateTime", new Date(Date.UTC(2024, 1, 3, 4, 5))], ["DateTimeOffset", day, { scale: 7 }],
  ["UniqueIdentifier", "0E984725-C51C-4BF4-9960-E1C80E27ABA0"],
];

const CASES = {
  async encrypted_or_not() {
    for (const encrypt of [true, false]) {
      const connection = await connect(encrypt);
      assert.deepEqual(await rows(connection, "SELECT 1"), [[1]]);
      connection.close();
    }
  },
  async cancel_ends_a_query(connection) {
    const cancel = () => setTimeout(() => connection.cancel(), 300);
    await assert.rejects(rows(connection, SLOW, cancel), { code: "ECANCEL" });
    assert.deepEqual(await rows(connection, "SELECT 2"), [[2]]);
  },
  async timeout_ends_a_query(connection) {
    await assert.rejects(rows(connection, SLOW, (request) => request.setTimeout(300)), { code: "ETIMEOUT" });
    assert.deepEqual(await rows(connection, "SELECT 3"), [[3]]);
  },
  async parameters_of_every_type(connection) {
    for (const [type, value, options] of PARAMETERS) {
      const given = (it) => (request) => request.addParameter("p", TYPES[type], it, options);
      assert.deepEqual(await rows(connection, "SELECT @p AS x", given(value)), [[value]], type);
      assert.deepEqual(await rows(connection, "SELECT @p AS x", given(null)), [[null]], type);
    }
  },
  async procedure_gives_output(connection) {
    await rows(connection, "EXEC('CREATE PROCEDURE dbo.tedious_doubled @a int, @b int OUTPUT AS SET @b = @a * 2')");
    for (const [sql, run] of [["dbo.tedious_doubled", "callProcedure"], ["SET @b = @a * 2", "execSql"]]) {
      const given = await new Promise((resolve, reject) => {
        const found = {};
        const request = new Request(sql, (error) => (error ? reject(error) : resolve(found)));
        request.addParameter("a", TYPES.Int, 4);
        request.addOutputParameter("b", TYPES.Int);
        request.on("returnValue", (name, value) => { found[name] = value; });
        connection[run](request);
      });
      assert.deepEqual(given, { b: 8 }, run);
    }
  },
  async bulk_load(connection) {
    await rows(connection, "CREATE TABLE dbo.tedious (id int NOT NULL, name nvarchar(20) NULL) WITH (HEAP)");
    const loaded = await new Promise((resolve, reject) => {
      const load = connection.newBulkLoad("dbo.tedious", (error, count) => (error ? reject(error) : resolve(count)));
      load.addColumn("id", TYPES.Int, { nullable: false });
      load.addColumn("name", TYPES.NVarChar, { length: 20, nullable: true });
      connection.execBulkLoad(load, [[1, "é"], [2, null]]);
    });
    assert.equal(loaded, 2);
    assert.deepEqual(await rows(connection, "SELECT * FROM dbo.tedious ORDER BY id"), [[1, "é"], [2, null]]);
  },
};

(async () => {
  for (const [name, run] of Object.entries(CASES)) {
    const connection = await connect(false);
    let failure = null;
    try {
      await run(connection);
    } catch (error) {
      failure = `${error.stack}`;
    }
    connection.close();
    console.log(JSON.stringify({ case: name, failure }));
  }
})();
