import { join } from "node:path";
import type { LinkEnds } from "../wan/wan-link.ts";
import { type ClusterShape, METADATA_SITE, type RegionShape } from "./cluster-shape.ts";

/** A process to start: `harborpoint <args>`. */
export interface ProcessPlan {
  /** Unique in the cluster, such as "madrid-1" or "router-madrid". */
  readonly name: string;
  readonly args: readonly string[];
}

/** Everything that has to be started, in this order: the WAN, then the rest. */
export interface ClusterPlan {
  /** WAN links by name: "<site of the dialler>><process dialled>". */
  readonly links: Readonly<Record<string, LinkEnds>>;
  readonly metadata: ProcessPlan;
  readonly nodes: readonly ProcessPlan[];
  readonly routers: readonly ProcessPlan[];
  /** gRPC address of the router of each region. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Operations address (HTTP) of every process. */
  readonly opsAddresses: Readonly<Record<string, string>>;
}

/** What a plan needs besides the shape. */
export interface PlanOptions {
  /** Exists; data of each process lies in a directory of its name in it. */
  readonly directory: string;
  /** Settings of every node besides those the plan gives, as flags. */
  readonly nodeFlags?: readonly string[];
  /** Settings of the metadata service besides those the plan gives, as flags. */
  readonly metadataFlags?: readonly string[];
}

/** Addresses of one process. */
interface Addresses {
  readonly grpc: string;
  readonly ops: string;
}

/** How many ports {@link planCluster} takes. */
export function portsNeeded({ regions }: ClusterShape): number {
  const nodes = regions.reduce((sum, region) => sum + region.zones.length, 0);
  const listeners = 2 * (1 + nodes + regions.length);
  // Every region reaches metadata, metadata every node, and every node is reached from the other regions.
  const links = regions.length + nodes + nodes * (regions.length - 1);
  return listeners + links;
}

/**
 * Lays a cluster out: who listens where, and which WAN link whoever dials across sites goes through.
 * @param ports free ports, as many as {@link portsNeeded} says
 */
export function planCluster(
  shape: ClusterShape,
  ports: readonly number[],
  options: PlanOptions,
): ClusterPlan {
  return new Planner(shape, ports, options).plan();
}

class Planner {
  readonly #shape: ClusterShape;
  readonly #options: PlanOptions;
  readonly #ports: Iterator<number>;
  readonly #links: Record<string, LinkEnds> = {};
  readonly #endpoints: Record<string, string> = {};
  readonly #opsAddresses: Record<string, string> = {};

  constructor(shape: ClusterShape, ports: readonly number[], options: PlanOptions) {
    this.#shape = shape;
    this.#options = options;
    this.#ports = ports.values();
  }

  plan(): ClusterPlan {
    const metadata = this.#addresses("metadata");
    const nodes: ProcessPlan[] = [];
    const routers: ProcessPlan[] = [];
    for (const region of this.#shape.regions) {
      const metadataAddress = this.#link(region.name, "metadata", metadata.grpc);
      region.zones.forEach((zone, index) => {
        nodes.push(this.#node(region, zone, `${region.name}-${index + 1}`, metadataAddress));
      });
      routers.push(this.#router(region, metadataAddress));
    }
    return {
      links: this.#links,
      metadata: this.#metadata(metadata),
      nodes,
      routers,
      endpoints: this.#endpoints,
      opsAddresses: this.#opsAddresses,
    };
  }

  #metadata(addresses: Addresses): ProcessPlan {
    const { regions, shards } = this.#shape;
    const args = [
      "metadata",
      ...this.#listenFlags(addresses),
      ...flags({
        "data-dir": join(this.#options.directory, "metadata"),
        site: METADATA_SITE,
        regions: regions.map(({ name, timeZone }) => `${name}:${timeZone}`).join(","),
        shards: String(shards),
        "nodes-per-region": String(Math.min(...regions.map(({ zones }) => zones.length))),
      }),
      ...(this.#options.metadataFlags ?? []),
    ];
    return { name: "metadata", args };
  }

  #node(region: RegionShape, zone: string, name: string, metadataAddress: string): ProcessPlan {
    const addresses = this.#addresses(name);
    const otherSites = this.#shape.regions
      .map((other) => other.name)
      .filter((other) => other !== region.name);
    const advertised = [...otherSites, METADATA_SITE].map(
      (site) => `${site}=${this.#link(site, name, addresses.grpc)}`,
    );
    const args = [
      "node",
      ...this.#listenFlags(addresses),
      ...flags({
        "data-dir": join(this.#options.directory, name),
        metadata: metadataAddress,
        region: region.name,
        zone,
        "node-id": name,
        "advertise-in": advertised.join(","),
      }),
      ...(this.#options.nodeFlags ?? []),
    ];
    return { name, args };
  }

  #router(region: RegionShape, metadataAddress: string): ProcessPlan {
    const name = `router-${region.name}`;
    const addresses = this.#addresses(name);
    this.#endpoints[region.name] = addresses.grpc;
    const args = [
      "router",
      ...this.#listenFlags(addresses),
      ...flags({ metadata: metadataAddress, region: region.name, "router-id": name }),
    ];
    return { name, args };
  }

  #listenFlags({ grpc, ops }: Addresses): string[] {
    return flags({ listen: grpc, "ops-listen": ops });
  }

  #addresses(name: string): Addresses {
    const addresses = { grpc: this.#nextAddress(), ops: this.#nextAddress() };
    this.#opsAddresses[name] = addresses.ops;
    return addresses;
  }

  /** Address at which a site reaches a process through the WAN. */
  #link(site: string, process: string, target: string): string {
    const listen = this.#nextAddress();
    this.#links[`${site}>${process}`] = { listen, target };
    return listen;
  }

  #nextAddress(): string {
    const port = this.#ports.next();
    if (port.done) throw new Error("too few ports for this cluster");
    return `127.0.0.1:${port.value}`;
  }
}

function flags(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
}
