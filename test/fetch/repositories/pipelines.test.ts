/** Repositories of pipelines: what is fetched of each is what `dvc pull` brings. */
import { pipelines } from '../../support/repositories/shapes/pipelines.ts';
import { testShapes } from '../../support/repositories/test-shapes.ts';

testShapes(pipelines);
