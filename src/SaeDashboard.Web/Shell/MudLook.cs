using MudBlazor;

namespace SaeDashboard.Web.Shell;

/// <summary>
/// MudBlazor draws dialogs, snackbars and menus here; its colours are the look's tokens, which change with the theme by themselves, so
/// both of its palettes point at the same names (css/tokens.css maps --mud-palette-* onto them).
/// </summary>
internal static class MudLook
{
    public static MudTheme Theme { get; } = new()
    {
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "6px" },
        Typography = new Typography { Default = new DefaultTypography { FontFamily = ["Instrument Sans Variable", "system-ui", "sans-serif"], FontSize = "14px", LineHeight = "20px" } },
    };
}
