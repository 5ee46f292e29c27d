/** The admins' first page; what failed is started again here. */
import { must } from "../lib/dom";
import { jobList } from "../parts/joblist";

jobList(must("#overview"), 5_000); // shares, ages, memory and disk tell nobody when they change
