"""The pages of the Power BI report for people without Power BI: Streamlit over the marts' T-SQL endpoint."""
