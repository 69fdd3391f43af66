import pLimit from 'p-limit';
import { limiterMeasures } from './workload.mjs';

export const measures = limiterMeasures('limit(fn)', (concurrency) => pLimit(concurrency));
