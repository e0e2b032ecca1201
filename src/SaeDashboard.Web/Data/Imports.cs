using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Presets;

namespace SaeDashboard.Web.Data;

/// <summary>Takes files in and tells the pages that show what they changed.</summary>
internal sealed class Imports(DataImport import, IStoreAccess store, FeatureLabels labels, PresetShelf presets)
{
    /// <inheritdoc cref="DataImport.Read"/>
    /// <exception cref="UserException">As there; nothing of it was kept.</exception>
    public ImportResult Read(ReadOnlyMemory<byte> content, string file, Actor actor)
    {
        var result = store.Write(() => import.Read(content, file, actor));
        foreach (var feature in result.Features) labels.Announce(feature);
        if (result.Presets > 0) presets.Announce();
        return result;
    }
}
