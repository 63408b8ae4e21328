/** Environment of a test that lacks a protection: the protection's name. What the test starts lacks it too. */
export const BROKEN = 'CAMPAIGN_BROKEN';
/** The file that tells which modules were loaded without it. */
export const MARKS = 'CAMPAIGN_MARKS';
