// The product's colours and type, light and dark. The font is this application's own file: none is fetched from elsewhere.
using MudBlazor;

namespace DistributedSockets.Web.Components.Layout;

internal static class Brand
{
    public static MudTheme Theme { get; } = new()
    {
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "10px", AppbarHeight = "56px" },
        Typography = new Typography
        {
            Default = new DefaultTypography { FontFamily = ["Inter", "system-ui", "Segoe UI", "Noto Sans", "sans-serif"] },
            Button = new ButtonTypography { TextTransform = "none", FontWeight = "600" },
        },
        PaletteLight = new PaletteLight
        {
            Primary = "#4338ca",
            PrimaryContrastText = "#ffffff",
            Secondary = "#0f766e",
            Success = "#15803d",
            Warning = "#b45309",
            Error = "#b91c1c",
            Background = "#f4f5fa",
            BackgroundGray = "#eceef6",
            Surface = "#ffffff",
            AppbarBackground = "#ffffff",
            AppbarText = "#1b1e2e",
            TextPrimary = "#1b1e2e",
            TextSecondary = "#555b72",
            Divider = "#dfe2ee",
            LinesDefault = "#dfe2ee",
            LinesInputs = "#8f95ab",
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#a5b4fc",
            PrimaryContrastText = "#14172a",
            Secondary = "#5eead4",
            Success = "#4ade80",
            Warning = "#fbbf24",
            Error = "#f87171",
            Background = "#0f1220",
            BackgroundGray = "#22273f",
            Surface = "#181c30",
            AppbarBackground = "#14172a",
            AppbarText = "#e6e8f4",
            TextPrimary = "#e6e8f4",
            TextSecondary = "#a4aac4",
            Divider = "#2b3050",
            LinesDefault = "#2b3050",
            LinesInputs = "#6b7294",
        },
    };
}
