import { describe, expect, it } from "vitest";
import { proxyFor, proxyText } from "./proxy";

const secure = "http://user:secret@proxy.example:3128";

describe("proxyFor", () => {
  it.each([
    { name: "a wss address", url: "wss://gw.example:7401", expected: "http://proxy.example:3128" },
    { name: "a ws address, which has a variable of its own", url: "ws://gw.example:7401", expected: "" },
    { name: "the name", url: "wss://gw.example", except: "gw.example", expected: "" },
    { name: "what lies below the name", url: "wss://a.gw.example", except: "x, gw.example", expected: "" },
    { name: "a name that only ends alike", url: "wss://bgw.example", except: "gw.example", expected: "proxy" },
    { name: "a suffix", url: "wss://gw.example", except: ".example", expected: "" },
    { name: "a suffix with a star", url: "wss://gw.example", except: "*.example", expected: "" },
    {
      name: "a suffix, which is not the name itself",
      url: "wss://gw.example",
      except: ".gw.example",
      expected: "proxy",
    },
    { name: "capitals", url: "wss://GW.example", except: "gw.EXAMPLE", expected: "" },
    { name: "everything", url: "wss://gw.example", except: "*", expected: "" },
    { name: "the port", url: "wss://gw.example:7401", except: "gw.example:7401", expected: "" },
    { name: "another port", url: "wss://gw.example:7401", except: "gw.example:443", expected: "proxy" },
    { name: "the port that is meant", url: "wss://gw.example", except: "gw.example:443", expected: "" },
    { name: "an address", url: "wss://10.1.2.3", except: "10.1.2.3", expected: "" },
    { name: "a range", url: "wss://10.1.2.3:7401", except: "10.0.0.0/8", expected: "" },
    { name: "another range", url: "wss://11.1.2.3", except: "10.0.0.0/8", expected: "proxy" },
    { name: "a range that is none", url: "wss://10.1.2.3", except: "10.0.0.0/99", expected: "proxy" },
    { name: "an address of IPv6", url: "wss://[fd00::1]:7401", except: "fd00::1", expected: "" },
    { name: "an address of IPv6 with its port", url: "wss://[fd00::1]:7401", except: "[fd00::1]:7401", expected: "" },
    { name: "a range of IPv6", url: "wss://[fd00::1]", except: "fd00::/8", expected: "" },
  ])("$name", ({ url, except = "", expected }) => {
    const found = proxyText(proxyFor(new URL(url), { secure, plain: "", except }));
    expect(found).toBe(expected === "proxy" ? "http://proxy.example:3128" : expected);
  });

  it("takes a proxy without a scheme", () => {
    const settings = { secure: "proxy.example:3128", plain: "", except: "" };
    expect(proxyText(proxyFor(new URL("wss://a"), settings))).toBe("http://proxy.example:3128");
  });
});
