// Runs a function over calls, and writes its results as JSON text in the types of Stream Analytics.

const typeOf = (value) => {
    if (typeof value === "number") return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? "bigint" : "float";
    if (typeof value === "string") return "nvarchar(max)";
    if (value instanceof Date) return "datetime";
    if (Array.isArray(value)) return "array";
    const kind = Object.prototype.toString.call(value).slice(8, -1);
    return kind === "Object" ? "record" : kind.toLowerCase();
};

const writers = {
    bigint: (value) => BigInt(value).toString(),
    float: (value) => {
        if (!Number.isFinite(value)) return "null";
        const text = JSON.stringify(value);
        return /[.e]/.test(text) ? text : `${text}.0`;
    },
    "nvarchar(max)": JSON.stringify,
    datetime: (value) => JSON.stringify(value.toISOString().replace("Z", "0000Z")),
    array: (value) => `[${value.map(inside).join(",")}]`,
    record: (value) => {
        const fields = Object.entries(value).filter(([, each]) => each !== undefined);
        return `{${fields.map(([name, each]) => `${JSON.stringify(name)}:${inside(each)}`).join(",")}}`;
    },
};

const isNull = (value) => value === null || value === undefined;
const inside = (value) => (typeof value === "boolean" ? String(value) : written(value, "any"));

const written = (value, output) => {
    if (isNull(value)) return "null";
    const kind = typeOf(value);
    if (!(kind in writers)) throw new TypeError(`${kind} is no type of Stream Analytics`);
    const fits = output === "any" || output === kind || (output === "float" && kind === "bigint");
    if (!fits) throw new TypeError(`it declares ${output} and gives ${kind}`);
    return writers[kind](value);
};

const argumentsOf = ({ dates, values }) => {
    for (const place of dates) if (values[place] !== null) values[place] = new Date(values[place]);
    return values;
};

const aggregate = (Aggregate, rows) => {
    const state = new Aggregate();
    state.init();
    for (const row of rows) state.accumulate(...argumentsOf(row));
    return state.computeResult();
};

const runner = (found, output) => {
    if (typeof found !== "function") throw new TypeError("the script is no function");
    const result = (call) => (Array.isArray(call) ? aggregate(found, call) : found(...argumentsOf(call)));
    return (text) => JSON.stringify(JSON.parse(text).map((call) => written(result(call), output)));
};
