/** Files that show what the page does, part of the page itself. */
import hq from "../../../ipsec-core/tests/data/configs/fortios-hq.conf?url&inline";
import branch from "../../../ipsec-core/tests/data/configs/junos-branch.conf?url&inline";
import noProposal from "../../../examples/captures/no-common-ike-proposal.pcap?url&inline";
import psk from "../../../examples/captures/psk-mismatch.pcap?url&inline";
import selectors from "../../../examples/captures/traffic-selector-mismatch.pcap?url&inline";
import tunnelKeys from "../../../examples/captures/tunnel.keys.json?url&inline";
import tunnel from "../../../examples/captures/tunnel.pcap?url&inline";
import blocked from "../../../examples/captures/udp-4500-blocked.pcap?url&inline";

export interface Example {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  /** Name and `data:` URL of each file. */
  readonly files: readonly (readonly [string, string])[];
}

export const EXAMPLES: readonly Example[] = [
  {
    name: "psk-mismatch",
    title: "It never authenticates",
    about: "IKEv1 main mode between two gateways",
    files: [["psk-mismatch.pcap", psk]],
  },
  {
    name: "no-common-ike-proposal",
    title: "Refused at the first message",
    about: "IKEv2, four packets",
    files: [["no-common-ike-proposal.pcap", noProposal]],
  },
  {
    name: "traffic-selector-mismatch",
    title: "Phase 1 stands, phase 2 does not",
    about: "IKEv1 quick mode",
    files: [["traffic-selector-mismatch.pcap", selectors]],
  },
  {
    name: "udp-4500-blocked",
    title: "It goes silent after two packets",
    about: "IKEv2 across a firewall",
    files: [["udp-4500-blocked.pcap", blocked]],
  },
  {
    name: "tunnel",
    title: "A tunnel that works, with its keys",
    about: "IKEv2 and three pings, opened",
    files: [
      ["tunnel.pcap", tunnel],
      ["tunnel.keys.json", tunnelKeys],
    ],
  },
  {
    name: "configurations",
    title: "Two configurations, no packet",
    about: "FortiOS and Junos: will they agree?",
    files: [
      ["hq.conf", hq],
      ["branch.conf", branch],
    ],
  },
];

/** The files of an example, as if they had been dropped. */
export function filesOf(example: Example): File[] {
  return example.files.map(([name, url]) => new File([bytesOf(url)], name));
}

/** What a `data:` URL in base64 holds. */
export function bytesOf(url: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(url.slice(url.indexOf(",") + 1)), (c) => c.charCodeAt(0));
}
