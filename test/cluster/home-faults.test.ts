import { HOME_SCENARIOS } from "./scenario-list.ts";
import { testScenarios } from "./scenario-tests.ts";

testScenarios(HOME_SCENARIOS);
