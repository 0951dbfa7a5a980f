/** Repositories in projects of all kinds: what is fetched of each is what `dvc pull` brings. */
import { projects } from '../../support/repositories/shapes/projects.ts';
import { testShapes } from '../../support/repositories/test-shapes.ts';

testShapes(projects);
