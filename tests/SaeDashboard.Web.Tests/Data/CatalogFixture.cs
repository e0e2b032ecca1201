using Microsoft.Extensions.Logging.Abstractions;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Tests.Data;

/// <summary>A data folder with its database and catalog, without the site around it.</summary>
internal sealed class CatalogFixture : IDisposable
{
    public CatalogFixture(string data, string? demo = null)
    {
        Root = DataRoot.Open(data, demo ?? Path.Combine(Repository.Root, "demo"));
        Database = Database.Open(Root.Path);
        Presets = new PresetRepository(Database);
        Runs = new RunRepository(Database);
        var locations = new LocationRepository(Database);
        Shipped = new ShippedThings(Root, locations, Presets, NullLogger<ShippedThings>.Instance);
        Catalog = new Catalog(Root, locations, Runs, Shipped, NullLogger<Catalog>.Instance);
    }

    public Database Database { get; }

    public DataRoot Root { get; }

    public Catalog Catalog { get; }

    public ShippedThings Shipped { get; }

    public PresetRepository Presets { get; }

    public RunRepository Runs { get; }

    public void Dispose()
    {
        Catalog.Dispose();
        Database.Dispose();
    }
}
