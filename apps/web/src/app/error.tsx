"use client";

import { PageBroken } from "../features/frame";

export default PageBroken;
