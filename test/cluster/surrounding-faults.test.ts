import { SURROUNDING_SCENARIOS } from "./scenario-list.ts";
import { testScenarios } from "./scenario-tests.ts";

testScenarios(SURROUNDING_SCENARIOS);
