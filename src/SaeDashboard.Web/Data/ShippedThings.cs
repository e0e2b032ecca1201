using SaeDashboard.Core;
using SaeDashboard.Core.Presets;
using SaeDashboard.Storage;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Data;

/// <summary>
/// Registers what comes with the program: model, dataset and SAE by reference, presets into the table. Once: what people removed or renamed
/// stays so.
/// </summary>
internal sealed partial class ShippedThings(DataRoot root, LocationRepository locations, PresetRepository presets, ILogger<ShippedThings> log)
{
    private static readonly string[] Kinds = ["model", "dataset", "sae"];

    public void Register()
    {
        foreach (var kind in Kinds)
        {
            var folder = Path.Combine(root.Demo, kind);
            if (Directory.Exists(folder)) locations.Ensure(folder, kind, shipped: true, UserRepository.Site);
        }
        var presetFolder = Path.Combine(root.Demo, "presets");
        if (!Directory.Exists(presetFolder)) return;
        try
        {
            // The last one added is first in the list.
            foreach (var file in Directory.EnumerateFiles(presetFolder, "*.json").OrderDescending(StringComparer.Ordinal)) AddPreset(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            LeftOut(error.Message);
        }
    }

    private void AddPreset(string file)
    {
        var id = Ids.Shipped("preset", Path.GetFileNameWithoutExtension(file));
        if (presets.Find(id) is not null) return;
        try
        {
            presets.AddShipped(id, PresetFile.Read(file), UserRepository.Site);
        }
        catch (UserException error)
        {
            LeftOut(error.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A bundled preset was left out: {Reason}")]
    private partial void LeftOut(string reason);
}
