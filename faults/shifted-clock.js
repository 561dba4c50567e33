// Preloaded into a process: after some milliseconds, `Date` goes back by some hours. FAULTS_CLOCK has both, "500,24".
const [after, hours] = (process.env.FAULTS_CLOCK ?? "0,0").split(",").map(Number);
const RealDate = Date;
const now = () => RealDate.now() - (performance.now() > after ? hours * 3_600_000 : 0);

globalThis.Date = class extends RealDate {
  constructor(...values) {
    super(...(values.length === 0 ? [now()] : values));
  }

  static now() {
    return now();
  }
};
