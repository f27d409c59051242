"""A chain as plain values: products, sites, machines, stores, warehouses, vans.

These are plans, named in files or derived from a recording; assembly turns them into actors and devices.
Positions are WGS-84 in millionths of a degree, money is in minor units of ``Chain.currency``.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import attrs

from actors.machine.settings import DEFAULTS, MachineSettings


@attrs.frozen(kw_only=True)
class Product:
    """A product of the master data. ``code`` is an identifier; ``weighed`` goods cost by the kilogram."""

    code: str
    name_en: str
    name_zh: str
    category: str
    price_minor: int
    weighed: bool = False


@attrs.frozen(kw_only=True)
class LanePlan:
    """A lane at opening: planogram position (EVA-DTS PA101), what it holds and how much fits.

    Attributes:
        safety: units at which it should be filled; 0 not before it is empty.
        perishable: its goods must be kept cold.
        joined: position of a second motor that turns with this one; it has no lane of its own. "" none.
    """

    code: str
    product: str
    price_minor: int
    capacity: int
    par: int
    level: int
    safety: int = 0
    perishable: bool = False
    joined: str = ""


@attrs.frozen(kw_only=True)
class Place:
    """Where a thing stands. ``district`` is a code of the chain's map; lat/lon are 0 when unknown."""

    name_en: str
    name_zh: str
    district: str = ""
    lat_e6: int = 0
    lon_e6: int = 0


@attrs.frozen(kw_only=True)
class MachinePlan:
    """A vending machine.

    Attributes:
        node: the gateway node it lives on.
        float_minor: its opening change.
        devices: (device, way in), e.g. ("board", "serial:/dev/ttyUSB0?driver=fafb"), see ``device_ways``;
            a device that is not named is simulated.
        settings: limits of its cold chain and who keeps its prices; its time zone is the chain's.
    """

    id: str
    node: str
    site: str
    place: Place
    lanes: tuple[LanePlan, ...]
    size: str = "large"
    float_minor: int = 0
    tenders: tuple[str, ...] = ("cash", "cashless", "code")
    devices: tuple[tuple[str, str], ...] = ()
    settings: MachineSettings = DEFAULTS


@attrs.frozen(kw_only=True)
class StorePlan:
    """A store with tills; each store is a node of its own. ``stock`` is (product, units or grams)."""

    id: str
    node: str
    place: Place
    tills: int
    stock: tuple[tuple[str, int], ...]
    float_minor: int = 0


@attrs.frozen(kw_only=True)
class VanPlan:
    """A van, on its warehouse's node. ``districts`` it serves; empty means all."""

    id: str
    warehouse: str
    districts: tuple[str, ...] = ()
    speed_kmh: int = 30
    service_seconds: int = 600


@attrs.frozen(kw_only=True)
class WarehousePlan:
    """A warehouse and its opening stock (product, units)."""

    id: str
    node: str
    place: Place
    stock: tuple[tuple[str, int], ...]


@attrs.frozen(kw_only=True)
class RestockRule:
    """When lanes are filled, local times of day in minutes after midnight.

    Attributes:
        cutoff_minute: the restock desk lists lanes under par then.
        depart_minute: vans leave then (next day if not after the cut-off).
        trigger_level: a lane at or below it calls a van at once; -1 never.
    """

    cutoff_minute: int
    depart_minute: int
    trigger_level: int = -1


@attrs.frozen(kw_only=True)
class Faults:
    """How often devices fail in the simulator. All 0 means never."""

    jam_per_vend: float = 0.0
    losses_per_machine_day: float = 0.0
    loss_seconds_mean: float = 2400.0
    temperature: bool = False


@attrs.frozen(kw_only=True)
class Chain:
    """Everything assembly needs. ``nodes`` follow from machines, stores and warehouses, plus ``office``.

    Attributes:
        office: settings of the office that its file names (``actors.settings.messages``), with their values.
    """

    name: str
    currency: str
    time_zone: str
    cutoff_minute: int
    products: tuple[Product, ...]
    machines: tuple[MachinePlan, ...]
    stores: tuple[StorePlan, ...] = ()
    warehouses: tuple[WarehousePlan, ...] = ()
    vans: tuple[VanPlan, ...] = ()
    restock: RestockRule | None = None
    faults: Faults = Faults()
    office: tuple[tuple[str, int], ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The chain's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def nodes(self) -> tuple[str, ...]:
        """Every node's name in a fixed order, the office last."""
        named = [machine.node for machine in self.machines]
        named += [store.node for store in self.stores]
        named += [warehouse.node for warehouse in self.warehouses]
        return (*dict.fromkeys(named), "office")
