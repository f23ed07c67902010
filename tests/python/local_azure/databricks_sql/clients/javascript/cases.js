// The cases of @databricks/sql: each prints one line of JSON, {"case", "failure": null or why}.
const assert = require('node:assert');
const { DBSQLClient } = require('@databricks/sql');

const LONG = 'select count(*) from range(100000000000) where id % 7 = sqrt(id)';

const cases = {
  async parameters_are_bound(session) {
    assert.deepStrictEqual(await rows(session, 'select :a + 1 as a, :b as b, :c as c', { a: 1, b: "it's", c: null }), [
      { a: 2, b: "it's", c: null },
    ]);
    assert.deepStrictEqual(await rows(session, 'select ? as x', undefined, ['y']), [{ x: 'y' }]);
  },
  async values_arrive_as_they_are(session) {
    const [row] = await rows(session, "select 1.5D d, true b, array(1, 2) l, cast(null as string) n, date'2024-01-02' day");
    assert.deepStrictEqual([row.d, row.b, row.n], [1.5, true, null]);
    assert.deepStrictEqual(row.l, [1, 2]);
    assert.strictEqual(new Date(row.day).toISOString().slice(0, 10), '2024-01-02');
  },
  async many_rows_are_fetched(session) {
    assert.strictEqual((await rows(session, 'select id from range(0, 100000, 1, 4)')).length, 100000);
  },
  async the_catalogue_is_listed(session) {
    await rows(session, 'create schema if not exists lakehouse.javascript');
    await rows(session, 'create or replace table lakehouse.javascript.t (id int primary key)');
    const tables = await fetched(await session.getTables({ catalogName: 'lakehouse', schemaName: 'javascript' }));
    assert.deepStrictEqual(tables.map((table) => table.TABLE_NAME), ['t']);
    const columns = await fetched(await session.getColumns({ schemaName: 'javascript', tableName: 't' }));
    assert.deepStrictEqual(columns.map((column) => [column.COLUMN_NAME, column.DATA_TYPE]), [['id', 4]]);
    const keys = await fetched(await session.getPrimaryKeys({ catalogName: 'lakehouse', schemaName: 'javascript', tableName: 't' }));
    assert.deepStrictEqual(keys.map((key) => key.COLUMN_NAME), ['id']);
  },
  async cancel_ends_a_statement(session) {
    const operation = await session.executeStatement(LONG, { runAsync: true });
    await operation.cancel();
    await assert.rejects(operation.fetchAll());
    await operation.close();
    assert.deepStrictEqual(await rows(session, 'select 7 as x'), [{ x: 7 }]);
  },
};

async function fetched(operation) {
  const found = await operation.fetchAll();
  await operation.close();
  return found;
}

async function rows(session, sql, namedParameters, ordinalParameters) {
  return fetched(await session.executeStatement(sql, { namedParameters, ordinalParameters }));
}

async function main() {
  const client = new DBSQLClient({ logger: { log: () => {} } });
  // it speaks TLS only, and the endpoint on 127.0.0.1 has none
  const options = client.getConnectionOptions.bind(client);
  client.getConnectionOptions = (given) => ({ ...options(given), https: false });
  await client.connect({
    host: '127.0.0.1',
    port: Number(process.env.PORT),
    path: '/sql/1.0/warehouses/abc',
    token: process.env.TOKEN,
    telemetryEnabled: false,
  });
  for (const [name, run] of Object.entries(cases)) {
    const session = await client.openSession();
    let failure = null;
    try {
      await run(session);
    } catch (error) {
      failure = String(error.stack || error);
    }
    console.log(JSON.stringify({ case: name, failure }));
    await session.close();
  }
  await client.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
