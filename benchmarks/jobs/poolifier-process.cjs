// CommonJS because an ES module is ready too late on Node 20: the pool's first message is gone before anyone listens,
// and the pool waits for ever.
const { ClusterWorker } = require('poolifier');
const { jobs } = require('./jobs.mjs');

module.exports = new ClusterWorker(jobs);
